package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.examples.node.Workload.Kind;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pools that follow their load, by the controllers of a cluster: {@code ./verify --without tests --only ScalerOnNode}.
 */
@ExtendWith(SharedNode.class)
@Timeout(400)
class ScalerOnNode {

    private static final Duration CALM = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(3);

    private static PoolScaler scaler(KubernetesAllocator allocator, Workload workload, int least, int most) {
        var builder = PoolScaler.builder(allocator, workload.pool())
                .pods(least, most)
                .buffer(4)
                .calm(CALM);
        return (workload.kind() == Kind.DEPLOYMENT
                        ? builder.deployment(workload.pool())
                        : builder.statefulSet(workload.pool()))
                .start();
    }

    @ParameterizedTest
    @EnumSource
    void ten_pods_become_three_and_no_session_is_cut(Kind kind, SuiteNode node) throws Exception {
        Workload workload = new Workload(kind, "shrinks-" + kind.word(), 10, 10, Duration.ofSeconds(60));
        node.start(workload);
        try (KubernetesAllocator allocator = node.allocator(workload.pool());
                Load many = new Load(allocator, workload.pool(), 70, Duration.ofMillis(50), Duration.ofSeconds(20))) {
            await().atMost(LONG).until(() -> many.running() >= 40);
            try (PoolScaler scaler = scaler(allocator, workload, 3, 10);
                    Load few =
                            new Load(allocator, workload.pool(), 15, Duration.ofMillis(200), Duration.ofSeconds(20))) {
                Outcome before = many.end();
                await().atMost(LONG)
                        .untilAsserted(
                                () -> assertThat(node.pods(workload.pool())).hasSize(3));

                assertThat(scaler.isLeading()).isTrue();
                Outcome during = few.end();
                System.out.printf(
                        "%s from 10 pods to 3: %s%n", kind, before.plus(during).line());
                node.judge(before.plus(during));
            }
        }
        node.stop(workload);
    }

    @Test
    void a_pool_without_a_pod_grows_by_whoever_waits(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.DEPLOYMENT, "grows", 0, 4, Duration.ofSeconds(60));
        node.start(workload);
        try (KubernetesAllocator allocator = node.allocator(workload.pool());
                PoolScaler scaler = scaler(allocator, workload, 0, 5)) {
            List<CompletableFuture<Allocation>> waiting = List.of(call(allocator, workload), call(allocator, workload));

            Allocation first = waiting.get(0).get(LONG.toSeconds(), TimeUnit.SECONDS);
            Instant given = Instant.now();
            Pod pod = node.pods(workload.pool()).stream()
                    .filter(each -> each.getMetadata().getName().equals(first.podName()))
                    .findFirst()
                    .orElseThrow();
            Instant ready = pod.getStatus().getConditions().stream()
                    .filter(condition -> condition.getType().equals("Ready"))
                    .map(condition -> Instant.parse(condition.getLastTransitionTime()))
                    .findFirst()
                    .orElseThrow();
            System.out.printf(
                    "from none: %s ms from the whole second in which the pod was ready to the first session%n",
                    Duration.between(ready, given).toMillis());
            for (CompletableFuture<Allocation> call : waiting) {
                try (Player player = Player.enter(call.get(LONG.toSeconds(), TimeUnit.SECONDS))) {
                    assertThat(player.play(Duration.ofMillis(10))).isNull();
                }
            }
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(scaler.neededSlots()).hasValue(4));
        }
        node.stop(workload);
    }

    private static CompletableFuture<Allocation> call(KubernetesAllocator allocator, Workload workload) {
        return allocator.allocateAsync(
                AllocateReq.builder(workload.pool()).maxWait(LONG).build());
    }
}
