package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.sdk.TokenRefusedException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A pod comes, is taken over, goes: with game servers that know of it, or don't. */
class LocalPodLifeTest {

    private final ManualClock clock = new ManualClock();
    private final LocalAllocator allocator =
            LocalAllocator.builder().clock(clock).pools("duel").build();
    private final LocalPod pod = new LocalPod("127.0.0.1:7001", 2);
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        allocator.close();
    }

    private static final PlatformListener DEAF = new PlatformListener() {
        @Override
        public void claimed(ClaimedSlot claim) {}

        @Override
        public void revoked(String sessionId) {}

        @Override
        public void gone(String sessionId) {}

        @Override
        public void lost() {}
    };

    private GameServer boot(LocalPod in) {
        return GameServer.builder()
                .platform(in.platform())
                .executor(Runnable::run)
                .listener(new SessionListener() {
                    @Override
                    public void expired(ClaimedSlot claim) {
                        heard.add("expired " + claim.sessionId());
                    }

                    @Override
                    public void withdrawn(ClaimedSlot claim) {
                        heard.add("withdrawn " + claim.sessionId());
                    }

                    @Override
                    public void revoked(Session session) {
                        heard.add("revoked " + session.id());
                    }

                    @Override
                    public void ended(Session session, EndReason reason) {
                        heard.add("ended " + session.id() + " " + reason);
                    }
                })
                .start();
    }

    private GameServer ready(LocalPod in) {
        GameServer server = boot(in);
        server.ready();
        return server;
    }

    @Test
    void aPodWithoutSdkTakesSessionsAtOnceAndItsClaimsExpire() throws Exception {
        allocator.addPod("duel", LocalPod.withoutSdk("127.0.0.1:7001", 2));
        allocator.allocate(AllocateReq.of("duel"));
        Allocation released = allocator.allocate(AllocateReq.of("duel"));
        assertThat(allocator.status("duel").claimed()).hasValue(2);

        allocator.release(released);
        assertThat(allocator.status("duel").claimed()).hasValue(1);
        clock.advance(Duration.ofMillis(59_999));
        assertThat(allocator.status("duel").claimed()).hasValue(1);
        clock.advance(Duration.ofMillis(1));
        assertThat(allocator.status("duel").claimed()).hasValue(0);
    }

    @Test
    void aPodWithSdkTakesNoSessionBeforeItsServerIsReady() throws Exception {
        allocator.addPod("duel", pod);
        assertNoRoom();
        GameServer server = boot(pod);
        assertNoRoom();
        server.ready();
        Allocation first = allocator.allocate(AllocateReq.of("duel"));
        server.unready();
        assertNoRoom();
        assertThat(server.start(first.token()).id()).isEqualTo(first.sessionId());
        server.ready();
        allocator.allocate(AllocateReq.of("duel"));
        server.close();
        assertNoRoom();
    }

    private void assertNoRoom() {
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        refusal -> assertThat(refusal.pods().notReady()).isEqualTo(1))
                .hasMessageEndingWith("of 1 pods 1 are not ready; a pod takes sessions once the game server on its"
                        + " platform() has called gameServer.ready()");
        assertThat(allocator.status("duel").free()).hasValue(0);
    }

    @Test
    void aPodWithoutSdkHasNoPlatform() {
        assertThatThrownBy(() -> LocalPod.withoutSdk("127.0.0.1:7001", 2).platform())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("withoutSdk");
    }

    @Test
    void theServerGoesByTheAllocatorsClock() throws Exception {
        allocator.addPod("duel", pod);
        GameServer server = ready(pod);
        Allocation late = allocator.allocate(AllocateReq.of("duel"));
        clock.advance(Duration.ofSeconds(59));
        Allocation inTime = allocator.allocate(AllocateReq.of("duel"));
        clock.advance(Duration.ofSeconds(1));

        assertThat(heard).containsExactly("expired " + late.sessionId());
        assertThat(allocator.status("duel").claimed()).hasValue(1);
        // Its expiry is in 2030 by that clock: by the system's it would be long before, or far ahead.
        assertThat(server.start(inTime.token()).id()).isEqualTo(inTime.sessionId());
        server.close();
    }

    @Test
    void aServerMayHaveATimeOfItsOwn() throws Exception {
        ManualClock own = new ManualClock();
        allocator.addPod("duel", pod);
        GameServer server = GameServer.builder()
                .platform(pod.platform())
                .clock(own)
                .scheduler(own.scheduler())
                .executor(Runnable::run)
                .start();
        server.ready();
        allocator.allocate(AllocateReq.of("duel"));
        clock.advance(Duration.ofHours(1));
        assertThat(allocator.status("duel").claimed()).hasValue(1);
        own.advance(Duration.ofMinutes(1));
        assertThat(allocator.status("duel").claimed()).hasValue(0);
        server.close();
    }

    @Test
    void aServerInAPodThatIsInNoPoolSaysWhatToDo() {
        assertThatThrownBy(() -> boot(pod))
                .isInstanceOf(PlatformException.class)
                .hasMessageContaining("addPod");
    }

    @Test
    void aProcessThatWasReplacedIsToldAndStartsNothing() throws Exception {
        allocator.addPod("duel", pod);
        GameServer old = ready(pod);
        Allocation running = allocator.allocate(AllocateReq.of("duel"));
        Session session = old.start(running.token());
        Allocation claimed = allocator.allocate(AllocateReq.of("duel"));

        GameServer fresh = ready(pod);

        assertThat(heard)
                .containsExactlyInAnyOrder(
                        "withdrawn " + claimed.sessionId(), "ended " + session.id() + " SERVER_CLOSED");
        assertThatThrownBy(() -> old.start(claimed.token())).isInstanceOf(TokenRefusedException.class);
        Allocation next = allocator.allocate(AllocateReq.of("duel"));
        allocator.allocate(AllocateReq.of("duel"));
        session.close(); // frees nothing of the new process's
        old.close();
        assertThat(allocator.status("duel").claimed()).hasValue(2);
        assertThat(allocator.status("duel").readyPods()).hasValue(1);
        assertThat(fresh.start(next.token()).id()).isEqualTo(next.sessionId());
        fresh.close();
    }

    @Test
    void nothingThatAReplacedProcessDoesConcernsItsSuccessor() throws Exception {
        allocator.addPod("duel", pod);
        Platform old = pod.platform();
        old.boot(DEAF);
        old.ready(true);
        Platform fresh = pod.platform();
        fresh.boot(DEAF);

        for (ThrowingCallable word : List.<ThrowingCallable>of(() -> old.ready(true), old::drain)) {
            assertThatThrownBy(word)
                    .isInstanceOf(PlatformException.class)
                    .hasMessageContaining("another process has taken over");
        }
        assertNoRoom(); // the fresh one has not said ready
        fresh.ready(true);
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        assertThatThrownBy(() -> old.ready(false)).isInstanceOf(PlatformException.class);
        old.free(new ClaimedSlot(allocation.sessionId(), 0, Duration.ZERO, Map.of()));
        assertThat(old.find(allocation.sessionId(), "any").toCompletableFuture())
                .isCompletedWithValueMatching(Optional::isEmpty);
        old.shutdown();
        old.close();
        old.shutdown();

        assertThat(allocator.status("duel").claimed()).hasValue(1);
        assertThat(allocator.status("duel").free()).hasValue(1);
        assertThat(Objects.requireNonNull(pod.record()).removed).isFalse();
        fresh.shutdown();
        assertThat(pod.record()).isNull();
    }

    @Test
    void theServerOfARemovedPodIsToldThatItsSessionsAreGone() throws Exception {
        allocator.addPod("duel", pod);
        GameServer server = ready(pod);
        Allocation running = allocator.allocate(AllocateReq.of("duel"));
        Session session = server.start(running.token());
        Allocation claimed = allocator.allocate(AllocateReq.of("duel"));

        allocator.removePod("duel", pod);

        assertThat(heard).containsExactlyInAnyOrder("withdrawn " + claimed.sessionId(), "revoked " + session.id());
        assertThatThrownBy(() -> server.start(claimed.token())).isInstanceOf(TokenRefusedException.class);
        assertThatThrownBy(server::ready).isInstanceOf(PlatformException.class).hasMessageContaining("removed");
        session.close();
        server.close();
        assertThat(allocator.status("duel").claimed()).hasValue(0);
    }

    @Test
    void aRemovalGivesItsWaitersNothing() throws Exception {
        LocalPod pod = LocalPod.withoutSdk("127.0.0.1:7001", 2);
        allocator.addPod("duel", pod);
        allocator.allocate(AllocateReq.of("duel"));
        allocator.allocate(AllocateReq.of("duel"));
        CompletableFuture<Allocation> waiter = allocator.allocateAsync(
                AllocateReq.builder("duel").maxWait(Duration.ofMinutes(1)).build());

        allocator.removePod("duel", pod);

        assertThat(waiter).isNotDone();
        assertThat(allocator.status("duel").waiting()).isEqualTo(1);
        allocator.addPod("duel", LocalPod.withoutSdk("127.0.0.1:7002", 1));
        assertThat(waiter.get(10, TimeUnit.SECONDS).podAddress()).isEqualTo(new PodAddress("127.0.0.1", 7002));
    }

    @Test
    void aRemovedPodCanBeAddedAgainAndItsOldServerDoesItNoHarm() throws Exception {
        allocator.addPod("duel", pod);
        GameServer old = ready(pod);
        allocator.removePod("duel", pod);
        allocator.addPod("duel", pod);
        GameServer fresh = ready(pod);

        old.shutdown();
        old.close();

        assertThat(Objects.requireNonNull(pod.record()).removed).isFalse();
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        assertThat(fresh.start(allocation.token()).id()).isEqualTo(allocation.sessionId());
        assertThatThrownBy(() -> allocator.addPod("duel", pod)).isInstanceOf(IllegalArgumentException.class);
        allocator.removePod("duel", pod);
        assertThat(allocator.status("duel").readyPods()).hasValue(0);
        fresh.close();
    }

    @Test
    void aPodIsInOnePoolOnly() {
        LocalPod pod = LocalPod.withoutSdk("127.0.0.1:7001", 2);
        allocator.addPod("duel", pod);
        allocator.addPod("arena", LocalPod.withoutSdk("127.0.0.1:7002", 1));
        assertThatThrownBy(() -> allocator.addPod("arena", pod))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("127.0.0.1:7001")
                .hasMessageContaining("remove it");
        allocator.removePod("arena", pod);
        assertThat(allocator.status("duel").readyPods()).hasValue(1);
    }

    @Test
    void shutdownRemovesThePod() throws Exception {
        allocator.addPod("duel", pod);
        GameServer server = ready(pod);
        server.shutdown();
        assertThat(allocator.status("duel").readyPods()).hasValue(0);
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        refusal -> assertThat(refusal.pods().seen()).isZero())
                .hasMessageNotContaining("ready()"); // which would be no way out
        server.close();
    }

    @Test
    void aPodFarAwayHasAnIpv6Address() throws Exception {
        allocator.addPod("duel", LocalPod.withoutSdk(new PodAddress("2001:db8::7", 7777), 1, Map.of()));
        assertThat(allocator.allocate(AllocateReq.of("duel")).podAddress()).hasToString("[2001:db8::7]:7777");
    }

    @Test
    void players_dial_where_the_process_says_and_else_where_the_pod_was_made() throws InterruptedException {
        allocator.addPod("duel", pod);
        GameServer server = GameServer.builder()
                .platform(pod.platform())
                .executor(Runnable::run)
                .address("203.0.113.7:31007 query=31008")
                .start();
        server.ready();
        AllocateReq match = AllocateReq.builder("duel").requestId("match").build();
        Allocation first = allocator.allocate(match);
        assertThat(first.podAddress()).hasToString("203.0.113.7:31007");
        assertThat(first.port("query")).isEqualTo(31_008);
        server.address("203.0.113.8:31007");
        assertThat(allocator.allocate(AllocateReq.of("duel")).podAddress()).hasToString("203.0.113.8:31007");
        assertThat(allocator.allocate(match).podAddress()).hasToString("203.0.113.8:31007");

        try (GameServer next = boot(pod)) {
            next.ready();
            assertThatThrownBy(() -> server.address("203.0.113.9:1")).isInstanceOf(PlatformException.class);
            assertThat(allocator.allocate(AllocateReq.of("duel")).podAddress()).hasToString("127.0.0.1:7001");
        }
    }
}
