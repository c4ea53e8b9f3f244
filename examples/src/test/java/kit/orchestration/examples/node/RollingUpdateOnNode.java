package kit.orchestration.examples.node;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Six pods are rolled out under load: {@code ./verify --without tests --only RollingUpdateOnNode}.
 */
@ExtendWith(SharedNode.class)
class RollingUpdateOnNode {

    private static final int RUNNING = 300;
    private static final int MOST = 330;
    private static final Duration BETWEEN = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration LONGEST = Duration.ofSeconds(16);

    @ParameterizedTest
    @EnumSource
    @Timeout(600)
    void no_session_is_cut_and_nobody_is_refused(Workload.Kind kind, SuiteNode node) throws Exception {
        Workload rolled = new Workload(kind, "rolled-" + kind.word(), 6, 120, Duration.ofSeconds(60));
        try (KubernetesAllocator allocator = node.allocator(rolled.pool())) {
            node.start(rolled);
            try (Load load = new Load(allocator, rolled.pool(), MOST, BETWEEN, LONGEST)) {
                await().atMost(LONG).until(() -> load.running() >= RUNNING);
                int before = load.running();
                node.kubectl("rollout", "restart", rolled.reference());
                node.kubectl("rollout", "status", rolled.reference());
                Thread.sleep(LONGEST.toMillis());

                Outcome outcome = load.end();

                System.out.printf("%s: running before: %s%n%s%n", kind, before, outcome.line());
                node.judge(outcome);
            }
            node.stop(rolled);
        }
    }
}
