package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.util.Map;
import kit.orchestration.examples.node.Workload.Kind;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two versions of the library beside each other, that of an earlier commit and this one: pods that go over to the other
 * under load, and back; and a matchmaker that stays behind. {@code node/previous}, and {@code ./verify --without tests
 * --only UpgradeOnNode}.
 */
@ExtendWith(SharedNode.class)
class UpgradeOnNode {

    private static final int RUNNING = 60;
    private static final int MOST = 80;
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration BETWEEN = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(10);
    private static final String PREVIOUS = Node.previous(Node.POD_IMAGE);

    @BeforeAll
    static void load(SuiteNode node) throws Exception {
        node.loadPrevious();
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(600)
    void pods_go_over_to_another_version_and_back_and_no_session_is_cut(Kind kind, SuiteNode node) throws Exception {
        Workload upgraded = new Workload(kind, "upgraded-" + kind.word(), 3, 60, Duration.ofSeconds(60));
        try (KubernetesAllocator allocator = node.allocator(upgraded.pool())) {
            node.start(upgraded.manifest(PREVIOUS));
            try (Load load = new Load(allocator, upgraded.pool(), MOST, BETWEEN, LONGEST)) {
                await().atMost(LONG).until(() -> load.running() >= RUNNING);
                node.rollOut(upgraded, Node.POD_IMAGE);
                node.rollOut(upgraded, PREVIOUS);

                Outcome outcome = load.end();
                System.out.printf("%s to another version and back: %s%n", kind, outcome.line());
                node.judge(outcome);
            }
            node.stop(upgraded);
        }
    }

    @Test
    @Timeout(300)
    void a_matchmaker_of_the_other_version_gives_sessions_on_pods_of_this_one(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.DEPLOYMENT, "newer", 1, 4, Duration.ofSeconds(60));
        Deployment matchmaker = MatchmakerOnNode.matchmaker(workload.pool(), Node.previous(Node.MATCHMAKER_IMAGE));
        matchmaker.getMetadata().setName("older");
        matchmaker.getSpec().getSelector().setMatchLabels(Map.of("app", "older"));
        matchmaker.getSpec().getTemplate().getMetadata().setLabels(Map.of("app", "older"));
        node.start(workload);
        node.start(matchmaker);
        AskedMatchmaker asked = AskedMatchmaker.in(node.pods("app", "older").get(0));

        for (int i = 0; i < 12; i++) { // each slot more than once
            try (Player player = asked.player()) {
                assertThat(player.play(MOMENT)).isNull();
            }
        }
        node.kubectl("delete", "deployment", "older", "--cascade=foreground", "--wait");
        node.stop(workload);
    }
}
