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
 * The arena on a whole distribution of Kubernetes, in a container. Not among the tests that every build runs, since it
 * needs Docker: {@code mvn verify -Pk3s -pl examples -am}; without Docker that fails, and says so.
 */
class K3sArena {

    private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.36.3-k3s1");
    private static final Path MANIFESTS =
            Path.of(System.getProperty("orchestration.root"), "orchestration-k8s", "deploy");

    @TempDir
    private Path folder;

    @Test
    @Timeout(600)
    void aRunEndsWell() throws Exception {
        try (K3sContainer k3s = new K3sContainer(IMAGE)) {
            k3s.start();
            k3s.copyFileToContainer(MountableFile.forHostPath(MANIFESTS), "/deploy");
            kubectl(k3s, "apply", "-k", "/deploy");
            Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), k3s.getKubeConfigYaml());

            Command command = new Command();
            int status = command.run(
                    new Terminal(0, 0, false),
                    "--kubernetes",
                    "--kubeconfig",
                    kubeconfig.toString(),
                    "--namespace",
                    "orchestration",
                    "--matches",
                    "30");

            assertThat(status).as(command.out() + command.err()).isZero();
            assertThat(command.lastLine())
                    .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        }
    }

    private static void kubectl(K3sContainer k3s, String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "kubectl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        ExecResult result = k3s.execInContainer(command);
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
    }
}
