package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A node with a kubelet, in a container: Testcontainers' K3sContainer, on {@code rancher/k3s}, or on the image that
 * {@code -Dorchestration.k3s.image} names, as {@code node/image} makes it where no registry is reached. It has the
 * manifests applied, and the arena's image.
 */
public final class Node implements AutoCloseable {

    /** What the manifests make. */
    public static final String NAMESPACE = "orchestration";
    /** The arena's game server. */
    public static final String POD_IMAGE = "orchestration/arena-pod:0.1.0-SNAPSHOT";

    /** Its matchmaker. */
    public static final String MATCHMAKER_IMAGE = "orchestration/arena-matchmaker:0.1.0-SNAPSHOT";

    private static final String RELEASED = "rancher/k3s:v1.36.3-k3s1";
    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));

    private final K3sContainer container;

    private Node(K3sContainer container) {
        this.container = container;
    }

    /** Starts one. */
    public static Node start() throws IOException, InterruptedException {
        List<Path> images = Stream.of("arena-pod.tar", "arena-matchmaker.tar")
                .map(name -> ROOT.resolve("examples").resolve("target").resolve(name))
                .toList();
        assertThat(images).as("the images: build them with -Pimages").allMatch(Files::exists);
        DockerImageName name = DockerImageName.parse(System.getProperty("orchestration.k3s.image", RELEASED))
                .asCompatibleSubstituteFor("rancher/k3s");
        Node node = new Node(new K3sContainer(name));
        node.container.start();
        node.container.copyFileToContainer(
                MountableFile.forHostPath(ROOT.resolve("orchestration-k8s").resolve("deploy")), "/deploy");
        node.run("mkdir", "/suite");
        node.container.copyFileToContainer(Transferable.of("""
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: %s
                resources: [../deploy]
                components: [../deploy/nodes, ../deploy/scaler, ../deploy/scaler/cost]
                """.formatted(NAMESPACE)), "/suite/kustomization.yaml");
        node.run("kubectl", "apply", "-k", "/suite");
        for (Path image : images) {
            node.container.copyFileToContainer(MountableFile.forHostPath(image), "/image.tar");
            node.run("ctr", "--namespace", "k8s.io", "images", "import", "/image.tar");
        }
        return node;
    }

    /** The administrator's, for use from here. */
    public String kubeconfig() {
        return container.getKubeConfigYaml();
    }

    /** Its address, which this machine reaches where the engine runs on it. */
    public String address() throws IOException, InterruptedException {
        return run(
                "kubectl",
                "get",
                "nodes",
                "--output",
                "jsonpath={.items[0].status.addresses[?(@.type=='InternalIP')].address}");
    }

    /** Runs kubectl in the manifests' namespace, which must end well; gives what that said. */
    public String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kubectl", "--namespace", NAMESPACE));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs a program in it, which must end well; gives what that said. */
    public String run(String... command) throws IOException, InterruptedException {
        ExecResult result = container.execInContainer(command);
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
        return result.getStdout();
    }

    @Override
    public void close() {
        container.close();
    }
}
