package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
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

    private static final DockerImageName IMAGE = DockerImageName.parse(
                    System.getProperty("orchestration.k3s.image", RELEASED))
            .asCompatibleSubstituteFor("rancher/k3s");
    private static final Path PREVIOUS =
            ROOT.resolve("examples").resolve("target").resolve("previous");
    /** How containerd calls what has no registry in its name. */
    private static final String NAMED = "docker.io/";

    private static final String CERTIFICATES = "/var/lib/rancher/k3s/tls/";

    private final K3sContainer container;
    /** The other nodes of its cluster, by their names. */
    private final Map<String, GenericContainer<?>> others = new LinkedHashMap<>();
    /** Whether each of them has the images of an earlier version, too. */
    private boolean hasPrevious;

    private Node(K3sContainer container) {
        this.container = container;
    }

    /** Starts one. */
    public static Node start() throws IOException, InterruptedException {
        Node node = new Node(new K3sContainer(IMAGE));
        node.container.start();
        node.container.copyFileToContainer(
                MountableFile.forHostPath(ROOT.resolve("orchestration-k8s").resolve("deploy")), "/deploy");
        node.run("mkdir", "/suite");
        node.file("/suite/kustomization.yaml", """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: %s
                resources: [../deploy]
                components: [../deploy/nodes, ../deploy/scaler, ../deploy/scaler/cost]
                """.formatted(NAMESPACE));
        node.run("kubectl", "apply", "-k", "/suite");
        node.bring(node.container);
        return node;
    }

    /** The addresses of the pods on a node: on the first, which is number 0, or on another. */
    static String pods(int number) {
        return "10.42." + number + ".0/24";
    }

    private static List<Path> images() {
        List<Path> images = Stream.of("arena-pod.tar", "arena-matchmaker.tar")
                .map(name -> ROOT.resolve("examples").resolve("target").resolve(name))
                .toList();
        assertThat(images).as("the images: build them with -Pimages").allMatch(Files::exists);
        return images;
    }

    private static void load(Path image, GenericContainer<?> into) throws IOException, InterruptedException {
        into.copyFileToContainer(MountableFile.forHostPath(image), "/image.tar");
        run(into, "ctr", "--namespace", "k8s.io", "images", "import", "/image.tar");
    }

    /** Adds a node to its cluster, and gives its name. It must be of an image that {@code node/image} has made. */
    public String join() throws IOException, InterruptedException {
        assertThat(IMAGE.getUnversionedPart())
                .as("the image, since a second node joins as node/README.md has it")
                .isNotEqualTo("rancher/k3s");
        String number = Integer.toString(others.size() + 1);
        K3sContainer other = new K3sContainer(IMAGE);
        other.withCommand("agent", address(), number)
                .withCopyToContainer(Transferable.of(run("cat", CERTIFICATES + "ca.crt")), "/join/ca.crt")
                .withCopyToContainer(Transferable.of(run("cat", CERTIFICATES + "ca.key")), "/join/ca.key");
        other.start();
        String name = run(other, "hostname").strip();
        others.put(name, other);
        run("ip", "route", "add", pods(others.size()), "via", address(name));
        bring(other);
        return name;
    }

    /** Puts a file into it. */
    void file(String path, String text) {
        container.copyFileToContainer(Transferable.of(text), path);
    }

    /** Brings the images of an earlier version, as {@code node/previous} has built them, and gives them other tags. */
    void loadPrevious() throws IOException, InterruptedException {
        assertThat(PREVIOUS)
                .as("the images of an earlier version: build them with node/previous")
                .exists();
        hasPrevious = true;
        bring(container);
        for (GenericContainer<?> other : others.values()) {
            bring(other);
        }
    }

    /** Those of today last: both have their tags when they come. */
    private void bring(GenericContainer<?> into) throws IOException, InterruptedException {
        if (hasPrevious) {
            for (Path image : images()) {
                load(PREVIOUS.resolve(image.getFileName()), into);
            }
            for (String image : List.of(POD_IMAGE, MATCHMAKER_IMAGE)) {
                run(
                        into,
                        "ctr",
                        "--namespace",
                        "k8s.io",
                        "images",
                        "tag",
                        "--force",
                        NAMED + image,
                        NAMED + previous(image));
            }
        }
        for (Path image : images()) {
            load(image, into);
        }
    }

    /** That image of an earlier version. */
    static String previous(String image) {
        return image.substring(0, image.indexOf(':')) + ":previous";
    }

    /** The administrator's, for use from here. */
    public String kubeconfig() {
        return container.getKubeConfigYaml();
    }

    /** Its address, which this machine reaches where the engine runs on it. */
    public String address() throws IOException, InterruptedException {
        return address(run("hostname").strip());
    }

    /** That of one of its nodes. */
    String address(String name) throws IOException, InterruptedException {
        return kubectl(
                "get", "node", name, "--output", "jsonpath={.status.addresses[?(@.type=='InternalIP')].address}");
    }

    /** Runs kubectl in the manifests' namespace, which must end well; gives what that said. */
    public String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kubectl", "--namespace", NAMESPACE));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Runs a program in it, which must end well; gives what that said. */
    public String run(String... command) throws IOException, InterruptedException {
        return run(container, command);
    }

    /** As that, in the node of this name. */
    String runOn(String name, String... command) throws IOException, InterruptedException {
        return run(others.getOrDefault(name, container), command);
    }

    private static String run(GenericContainer<?> in, String... command) throws IOException, InterruptedException {
        ExecResult result = in.execInContainer(command);
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
        return result.getStdout();
    }

    @Override
    public void close() {
        others.values().forEach(GenericContainer::close);
        container.close();
    }
}
