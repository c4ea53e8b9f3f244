package kit.orchestration.examples.arena;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * The arena on a node: its game servers are containers of Deployments that a kubelet runs, its players dial ports of
 * the node from outside the cluster's network. Not among the tests that every build runs, since it needs a Docker
 * engine: {@code mvn verify -Pimages,k3s -pl examples -am}; without one it fails, and says so. The node is
 * Testcontainers' K3sContainer, on {@code rancher/k3s}, or on the image that {@code -Dorchestration.k3s.image} names:
 * what {@code node/image} makes, say, Kubernetes built from its Go modules, where no registry is reached.
 */
class K3sArena {

    private static final DockerImageName IMAGE = DockerImageName.parse(
                    System.getProperty("orchestration.k3s.image", "rancher/k3s:v1.36.3-k3s1"))
            .asCompatibleSubstituteFor("rancher/k3s");
    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));
    private static final Path MANIFESTS = ROOT.resolve("orchestration-k8s").resolve("deploy");
    private static final Path POD_IMAGE =
            ROOT.resolve("examples").resolve("target").resolve("arena-pod.tar");
    private static final String POD_IMAGE_NAME = "orchestration/arena-pod:0.1.0-SNAPSHOT";

    @TempDir
    private Path folder;

    @Test
    @Timeout(600)
    void aRunEndsWell() throws Exception {
        assertThat(POD_IMAGE)
                .as("the game server's image: build it with -Pimages")
                .exists();
        try (K3sContainer k3s = new K3sContainer(IMAGE)) {
            k3s.start();
            k3s.copyFileToContainer(MountableFile.forHostPath(MANIFESTS), "/deploy");
            run(k3s, "kubectl", "apply", "-k", "/deploy");
            k3s.copyFileToContainer(MountableFile.forHostPath(POD_IMAGE), "/arena-pod.tar");
            run(k3s, "ctr", "--namespace", "k8s.io", "images", "import", "/arena-pod.tar");
            Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), k3s.getKubeConfigYaml());

            Command command = new Command();
            int status = command.run(
                    new Terminal(0, 0, false),
                    "--kubernetes",
                    "--kubeconfig",
                    kubeconfig.toString(),
                    "--namespace",
                    "orchestration",
                    "--image",
                    POD_IMAGE_NAME,
                    "--matches",
                    "200");

            assertThat(status).as(command.out() + command.err()).isZero();
            assertThat(command.lastLine())
                    .isEqualTo("arena: 200 allocated, 200 started, 200 ended, 58 refused tokens, 0 lost, 0 double");
        }
    }

    private static void run(K3sContainer k3s, String... command) throws IOException, InterruptedException {
        ExecResult result = k3s.execInContainer(command);
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
    }
}
