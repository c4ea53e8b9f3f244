package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.sdk.TokenRefusedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The watch of Leases is silent, also when it is begun anew, under the load of callers with request ids: no call fails.
 * How long calls take is printed. {@code -Dorchestration.silence.seconds=60} for longer.
 */
class SilentWatchTest {

    private static final int CALLERS = 32;
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(Integer.getInteger("orchestration.silence.seconds", 8));
    private static final Duration BESIDE = Duration.ofSeconds(5);

    private final AtomicInteger numbers = new AtomicInteger();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private volatile Queue<Long> tookMillis = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void no_call_fails_while_the_watch_of_Leases_is_silent() throws Exception {
        Cluster cluster = new Cluster(ControlPlane.shared());
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (Fleet fleet = new Fleet(cluster).add(Workload.DEPLOYMENT, 6, 100);
                ApiRelay relay = ApiRelay.open(
                        cluster.plane().url(),
                        ClusterAuthority.sockets(cluster.plane().caPem()));
                KubernetesClient client = cluster.client(relay.url());
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .pools(fleet.pool())
                        .callTimeout(CALL_TIMEOUT)
                        .build()) {
            for (int i = 0; i < CALLERS; i++) {
                callers.execute(() -> play(fleet, allocator));
            }
            passing(BESIDE); // the JVM warms up
            List<Long> before = during(BESIDE);
            relay.stallWatches("leases");
            List<Long> silent = during(SILENCE);
            relay.stallWatches();
            List<Long> after = during(BESIDE);
            over = true;
            callers.shutdown();
            assertThat(callers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();

            System.out.println("before: " + figures(before, BESIDE) + "; silent: " + figures(silent, SILENCE)
                    + "; after: " + figures(after, BESIDE));
            assertThat(wrong).isEmpty();
            assertThat(silent).isNotEmpty();
            assertThat(after).isNotEmpty();
        } finally {
            over = true;
            callers.shutdownNow();
        }
    }

    private void play(Fleet fleet, KubernetesAllocator allocator) {
        while (!over) {
            AllocateReq request = AllocateReq.builder(fleet.pool())
                    .requestId("call-" + numbers.incrementAndGet())
                    .maxWait(Duration.ofSeconds(2))
                    .claimTtl(Duration.ofSeconds(10))
                    .build();
            long start = System.nanoTime();
            try {
                Allocation allocation = allocator.allocate(request);
                tookMillis.add((System.nanoTime() - start) / 1_000_000);
                fleet.start(allocation).close();
            } catch (TokenRefusedException expired) {
                // the pod was told too late, on a busy machine
            } catch (InterruptedException end) {
                return;
            } catch (RuntimeException failed) {
                wrong.add(failed.toString());
            }
        }
    }

    private List<Long> during(Duration time) {
        Queue<Long> took = new ConcurrentLinkedQueue<>();
        tookMillis = took;
        passing(time);
        tookMillis = new ConcurrentLinkedQueue<>();
        return took.stream().sorted().toList();
    }

    private static String figures(List<Long> sorted, Duration time) {
        return sorted.isEmpty()
                ? "no call"
                : sorted.size() / time.toSeconds() + "/s, p50 " + sorted.get(sorted.size() / 2) + " ms, p99 "
                        + sorted.get(sorted.size() * 99 / 100) + " ms, longest " + sorted.get(sorted.size() - 1)
                        + " ms";
    }

    private static void passing(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(10)).until(() -> true);
    }
}
