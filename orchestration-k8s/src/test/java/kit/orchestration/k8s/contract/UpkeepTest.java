package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocatorListener;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is lacking in the cluster: what is done about it, how often, and what of it whoever asks is told. */
class UpkeepTest extends BenchFixture {

    /** Each was a call before, whichever of the two lists came first. */
    @Test
    void a_restart_makes_no_lease_that_is_there() throws Exception {
        IntStream.range(0, 20)
                .forEach(i -> bench.pod(2).podAnnotation(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE));
        AtomicInteger made = new AtomicInteger();
        AllocatorListener counting = new AllocatorListener() {
            @Override
            public void backendCall(
                    String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {
                if (operation.equals("open")) {
                    made.incrementAndGet();
                }
            }
        };
        for (int restart = 0; restart < 5; restart++) {
            try (KubernetesClient client =
                            bench.cluster().client(bench.cluster().plane().url().toString());
                    KubernetesAllocator allocator = KubernetesAllocator.builder()
                            .client(client)
                            .listener(counting)
                            .build()) {
                allocator.allocate(bench.request());
            }
        }

        assertThat(made).hasValue(0);
    }

    @Test
    void whoever_has_no_pod_or_none_that_is_ready_is_told_what_a_pod_needs() {
        bench.pod(1).ready(false);
        Matchmaker matchmaker = bench.matchmaker();

        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining("1 are not ready; a pod takes sessions once its game server has called ready()");
        try (KubernetesClient client =
                        bench.cluster().client(bench.cluster().plane().url().toString());
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .pools("nobody-s")
                        .build()) {
            assertThatThrownBy(() ->
                            allocator.allocate(AllocateReq.builder("nobody-s").build()))
                    .isInstanceOf(NoCapacityException.class)
                    .hasMessageEndingWith(
                            "no pod was seen; label its pods orchestration.kit/pool=nobody-s in namespace "
                                    + bench.cluster().namespace());
        }
    }

    @Test
    void mistakes_in_manifests_are_counted_apart_from_what_is_not_ready() {
        HandPod capacity = bench.pod(1);
        HandPod port = bench.pod(1);
        HandPod lease = bench.pod(1);
        HandPod starting = bench.pod(1);
        capacity.podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "eight");
        port.podAnnotation(LedgerNames.PORT_ANNOTATION, "99999");
        lease.leasePool("another");
        starting.ready(false);
        Matchmaker matchmaker = bench.matchmaker();

        assertThatThrownBy(() -> matchmaker.allocate(bench.request()))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(error.pods())
                                .isEqualTo(PodCounts.builder(4)
                                        .misconfigured(3)
                                        .notReady(1)
                                        .build()))
                .hasMessageContaining("3 are misconfigured, 1 are not ready; pod ")
                .hasMessageMatching(".*(capacity|port|label).*");

        capacity.podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "1");
        matchmaker.settle();
        await().untilAsserted(() -> assertThat(
                        matchmaker.allocate(bench.request()).podAddress().host())
                .isEqualTo(capacity.host()));
    }

    /** The others are of no matter to the request. */
    @Test
    void a_refusal_names_a_pod_that_is_there_and_matches() throws Exception {
        HandPod culprit = bench.pod(1, Map.of("map", "dust"));
        Matchmaker matchmaker = bench.matchmaker();
        culprit.podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "eight");
        matchmaker.settle();
        for (int i = 0; i < 9; i++) {
            bench.pod(1, Map.of("map", "snow")).podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "nine");
        }
        matchmaker.settle();

        assertThatThrownBy(() -> matchmaker.allocate(AllocateReq.builder(bench.pool())
                        .selector("map", "dust")
                        .build()))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining(culprit.name());
    }
}
