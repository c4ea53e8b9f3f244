package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import kit.orchestration.Allocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a pod was given at its start is not valid for ever: {@code ./verify --without tests --only RotationOnNode}. On
 * an image that {@code node/image} has made.
 */
@ExtendWith(SharedNode.class)
class RotationOnNode {

    private static final int SLOTS = 4;
    /** A kubelet brings what has changed with its next look at the pod, and looks once a minute, or somewhat later. */
    private static final Duration LOOK = Duration.ofMinutes(4);

    private static final Duration LONG = Duration.ofMinutes(2);

    @Test
    @Timeout(600)
    void sessions_go_on_and_new_ones_come_under_another_authority_of_the_cluster_and_with_other_tokens(SuiteNode node)
            throws Exception {
        Workload workload = new Workload(Workload.Kind.DEPLOYMENT, "rotated", 1, SLOTS, Duration.ofSeconds(60));
        node.start(workload);
        Pod pod = node.pod(workload.pool());
        String authority = node.mounted(pod, "ca.crt");
        String token = node.mounted(pod, "token");
        assertThat(answer(node, token)).contains("\"major\"");
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), 2)) {
            node.rotate("begin");
            await().atMost(LOOK)
                    .untilAsserted(() -> assertThat(node.mounted(pod, "ca.crt"))
                            .startsWith(authority)
                            .isNotEqualTo(authority));
            await().atMost(LOOK)
                    .untilAsserted(() -> assertThat(node.mounted(pod, "token")).isNotEqualTo(token));
            node.rotate("end");
            assertThat(answer(node, token)).as("with the first token").contains("Unauthorized");

            guests.playOn();
            guests.sayGoodbye();
            await().atMost(LONG)
                    .untilAsserted(() ->
                            assertThat(allocator.status(workload.pool()).free()).hasValue(SLOTS));
            Guests.fill(allocator, workload.pool(), SLOTS).close();
            assertThat(node.pod(workload.pool())
                            .getStatus()
                            .getContainerStatuses()
                            .get(0)
                            .getRestartCount())
                    .isZero();
        }
        node.stop(workload);
    }

    /** What the API server says to whoever has no other credential. */
    private static String answer(SuiteNode node, String token) throws IOException, InterruptedException {
        String kubectl = "kubectl --kubeconfig=/dev/null --server=https://127.0.0.1:6443 --insecure-skip-tls-verify";
        return node.run("sh", "-c", kubectl + " --token=" + token + " get --raw /version 2>&1 || true");
    }
}
