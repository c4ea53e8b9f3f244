package kit.orchestration.examples;

import java.time.Duration;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.PoolStatus;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalPod;
import kit.orchestration.local.ManualClock;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;

/** A user's own test, in process: the README shows the region below. */
public final class TestSnippet {

    private TestSnippet() {}

    // tag::test[]
    static PoolStatus aPlayerComesAndAnotherDoesNot() throws InterruptedException {
        ManualClock clock = new ManualClock();
        LocalPod pod = new LocalPod("127.0.0.1:7777", 8); // where it listens, and how many sessions it hosts
        try (LocalAllocator allocator = LocalAllocator.builder().clock(clock).build()) {
            allocator.addPod("duel", pod);
            try (GameServer server =
                    GameServer.builder().platform(pod.platform()).start()) {
                server.ready();
                Allocation first = allocator.allocate(AllocateReq.of("duel"));
                allocator.allocate(AllocateReq.of("duel")); // nobody comes for this one

                Session session = server.start(first.token());
                clock.advance(Duration.ofMinutes(2)); // no test sleeps: allocator, pod and server go by this clock

                session.close();
                return allocator.status("duel"); // both slots are free again
            }
        }
    }
    // end::test[]
}
