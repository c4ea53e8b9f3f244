package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.Allocation;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A matchmaker's process that stood still, its watches gone meanwhile, does not refuse anybody by what it knew before.
 */
class StoppedAllocatorTest {

    private static final int SLOTS = 8;

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void on_waking_nobody_is_refused_by_what_was_known_before() throws Exception {
        Cluster cluster = new Cluster(ControlPlane.shared());
        try (Bench bench = new Bench(cluster);
                AllocatorProcess process = AllocatorProcess.start();
                ApiRelay relay = ApiRelay.open(
                        cluster.plane().url(),
                        ClusterAuthority.sockets(cluster.plane().caPem()))) {
            HandPod pod = bench.pod(SLOTS);
            ProcessAllocator allocator = ProcessAllocator.open(
                    process,
                    Map.of(
                            "url", relay.url(),
                            "ca", cluster.plane().caPem(),
                            "namespace", cluster.namespace(),
                            "token", cluster.allocatorToken(),
                            "callTimeout", Bench.CALL_TIMEOUT.toString()),
                    () -> {});
            for (int i = 0; i < SLOTS; i++) {
                allocator.allocate(bench.request());
            }
            assertThatThrownBy(() -> allocator.allocate(bench.request())).isInstanceOf(NoCapacityException.class);

            process.signal("STOP");
            relay.cutWatches(); // the server ends them after a while
            pod.freeAll();
            // Longer than a proof holds, and than a process is taken to have been asleep.
            await().pollDelay(Duration.ofSeconds(7)).until(() -> true);
            List<CompletableFuture<Allocation>> calls = new ArrayList<>();
            for (int i = 0; i < SLOTS; i++) {
                calls.add(allocator.allocateAsync(bench.request()));
            }
            process.signal("CONT");

            assertThat(calls).allSatisfy(call -> assertThat(call).succeedsWithin(Bench.CALL_TIMEOUT.multipliedBy(2)));
            allocator.close();
        }
    }
}
