package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/kubernetes.md} gives for the ways in which players reach a pod is what a real server takes. */
class ReachingManifestsTest {

    private static final Path PAGE = Path.of("..", "docs", "kubernetes.md");
    private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);

    private final ControlPlane plane = ControlPlane.shared();
    private final String namespace = plane.newNamespace("reach");

    @TempDir
    private Path folder;

    private static List<String> blocks() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("## How players reach a pod");
        int to = page.indexOf("\n## ", from + 1);
        return YAML.matcher(page.substring(from, to))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    private String kubectl(String manifest, String... arguments) throws IOException {
        Path file = Files.writeString(folder.resolve("manifest.yaml"), manifest);
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--namespace", namespace, "-f", file.toString()));
        return plane.kubectl(all.toArray(String[]::new));
    }

    @Test
    void a_pod_with_the_host_port_finds_its_address_in_its_environment() throws IOException {
        String pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: duel-1}
                spec:
                """
                + blocks().get(0)
                        .replace("- name: game-server", "- image: none\n  name: game-server")
                        .indent(2);
        TestNode node = new TestNode(plane, namespace, "node-1");
        TestPod made = node.create(kubectl(pod, "create", "--dry-run=client", "-o", "json"));
        node.running(made, "192.0.2.1");
        assertThat(node.environment(made))
                .containsEntry("ORCHESTRATION_HOST", "127.0.0.1")
                .containsEntry("ORCHESTRATION_PORT", "31007");
    }

    @Test
    void a_service_for_each_pod_is_one() throws IOException {
        assertThat(kubectl(blocks().get(1), "apply", "--dry-run=server")).contains("service/arena-0 created");
    }
}
