package kit.orchestration.examples.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import kit.orchestration.examples.node.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The arena on a {@link Node}: its game servers are containers of Deployments that a kubelet runs, its players dial
 * ports of the node from outside the cluster's network. Not among the tests that every build runs, since it needs a
 * Docker engine: {@code ./verify --without tests}; without one it fails, and says so.
 */
class K3sArena {

    @TempDir
    private Path folder;

    @Test
    @Timeout(600)
    void aRunEndsWell() throws Exception {
        try (Node node = Node.start()) {
            Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), node.kubeconfig());

            Command command = new Command();
            int status = command.run(
                    new Terminal(0, 0, false),
                    "--kubernetes",
                    "--kubeconfig",
                    kubeconfig.toString(),
                    "--namespace",
                    Node.NAMESPACE,
                    "--image",
                    Node.POD_IMAGE,
                    "--matches",
                    "200");

            assertThat(status).as(command.out() + command.err()).isZero();
            assertThat(command.lastLine())
                    .isEqualTo("arena: 200 allocated, 200 started, 200 ended, 58 refused tokens, 0 lost, 0 double");
            assertThat(node.run("kubectl", "--namespace", Node.NAMESPACE, "get", "leases,pods", "--output", "name"))
                    .isEmpty();
        }
    }
}
