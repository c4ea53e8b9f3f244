package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.examples.node.Workload.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Of two nodes one is taken away: {@code ./verify --without tests --only CordonOnNode}. */
@ExtendWith(SharedNode.class)
@Timeout(400)
class CordonOnNode {

    /** Twice as many beside those of the load fit into two of the four pods. */
    private static final int AT_ONCE = 8;

    private static final Duration LONG = Duration.ofMinutes(2);

    @Test
    void new_sessions_go_to_the_other_from_the_cordon_on_and_those_of_the_first_to_their_end(SuiteNode node)
            throws Exception {
        String leaving = node.join();
        Workload workload = new Workload(Kind.DEPLOYMENT, "cordoned", 4, 24, Duration.ofSeconds(60));
        Deployment deployment = (Deployment) workload.manifest();
        deployment
                .getSpec()
                .getTemplate()
                .getSpec()
                .setTopologySpreadConstraints(List.of(new TopologySpreadConstraintBuilder()
                        .withMaxSkew(1)
                        .withTopologyKey("kubernetes.io/hostname")
                        .withWhenUnsatisfiable("ScheduleAnyway")
                        .withNewLabelSelector()
                        .addToMatchLabels("app", workload.pool())
                        .endLabelSelector()
                        .build()));
        node.start(deployment);
        Map<String, String> nodes = node.pods(workload.pool()).stream()
                .collect(Collectors.toMap(
                        pod -> pod.getMetadata().getName(), pod -> pod.getSpec().getNodeName()));
        assertThat(nodes.values()).contains(leaving);
        assertThat(nodes.values().stream().distinct()).hasSize(2);
        try (Allocator allocator =
                        // The emptiest pods: all four of them would have some of so many at once.
                        node.settings(workload.pool())
                                .nodeAddresses()
                                .placement(Placement.SPREAD)
                                .build();
                Load load = new Load(allocator, workload.pool(), 12, Duration.ofMillis(100), Duration.ofSeconds(8))) {
            await().atMost(LONG).until(() -> load.running() >= 10);

            node.kubectl("cordon", leaving);
            await().atMost(LONG)
                    .until(() -> !nodesOfNext(allocator, workload, nodes).contains(leaving));
            assertThat(nodesOfNext(allocator, workload, nodes)).doesNotContain(leaving);
            node.kubectl("drain", leaving, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout", "120s");

            assertThat(node.pods(workload.pool()))
                    .extracting(Pod::getSpec)
                    .noneMatch(spec -> leaving.equals(spec.getNodeName()));
            node.judge(load.end());
        } finally {
            node.kubectl("uncordon", leaving);
        }
        node.stop(workload);
    }

    /** Those of so many sessions at once. */
    private static Set<String> nodesOfNext(Allocator allocator, Workload workload, Map<String, String> nodes)
            throws Exception {
        List<Allocation> next = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            next.add(allocator.allocate(AllocateReq.of(workload.pool())));
        }
        next.forEach(allocator::release);
        return next.stream().map(each -> nodes.get(each.podName())).collect(Collectors.toSet());
    }
}
