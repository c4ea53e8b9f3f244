package kit.orchestration.examples.arena;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command, run for real on a real API server, with players who think fast. */
@Timeout(120)
class KubernetesArenaTest {

    private static final Terminal NONE = new Terminal(0, 0, false);
    private static final Path MANIFESTS =
            Path.of(System.getProperty("orchestration.root"), "orchestration-k8s", "deploy");

    /** What --help says that the user of a kubeconfig needs. */
    private static final String RIGHTS = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: arena-user, namespace: %1$s}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: arena-user, namespace: %1$s}
            rules:
            - {apiGroups: [""], resources: [pods], verbs: [create, get, delete]}
            - {apiGroups: [""], resources: [pods/status], verbs: [patch]}
            - {apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}
            - {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [delete]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: arena-user, namespace: %1$s}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: arena-user}
            subjects: [{kind: ServiceAccount, name: arena-user, namespace: %1$s}]
            """;

    private final Command command = new Command();

    @TempDir
    private Path folder;

    @Test
    void aRunEndsWell() throws Exception {
        assertThat(command.run(NONE, "--kubernetes", "--matches", "30"))
                .as(command.out())
                .isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.out())
                .contains("eu-2 drains")
                .contains("eu-2 is gone")
                .contains("eu-3 is ready")
                .doesNotContain("eyJ"); // how every token begins
    }

    @Test
    void aRunInArabicSaysTheSame() throws Exception {
        assertThat(command.runInArabic(NONE, "--kubernetes", "--matches", "30"))
                .as(command.out() + command.err())
                .isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.out()).doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            double | .*, 0 lost, 1 double
            lost   | arena: 30 allocated, 30 started, 29 ended, 9 refused tokens, 1 lost, 0 double
            accept | arena: 30 allocated, 30 started, 30 ended, 8 refused tokens, 0 lost, 0 double
            """)
    void aPlantIsFoundOnAGivenClusterAndNothingIsLeftThere(String plant, String lastLine) throws Exception {
        ControlPlane plane = ControlPlane.shared();
        String namespace = plane.newNamespace("arena");
        plane.apply(MANIFESTS, namespace);

        assertThat(command.run(
                        NONE,
                        "--kubernetes",
                        "--kubeconfig",
                        kubeconfig(plane, namespace).toString(),
                        "--namespace",
                        namespace,
                        "--matches",
                        "30",
                        "--plant",
                        plant))
                .as(command.out() + command.err())
                .isEqualTo(1);

        assertThat(command.lastLine()).matches(lastLine);
        assertThat(plane.kubectl("-n", namespace, "get", "pods,leases", "-o", "name"))
                .isBlank();
    }

    @Test
    void aClusterWithoutTheManifestsIsToldOf() throws Exception {
        ControlPlane plane = ControlPlane.shared();
        String namespace = plane.newNamespace("arena");

        assertThat(command.run(
                        NONE,
                        "--kubernetes",
                        "--kubeconfig",
                        kubeconfig(plane, namespace).toString(),
                        "--namespace",
                        namespace))
                .isEqualTo(1);

        assertThat(command.err()).contains("kubectl apply -k orchestration-k8s/deploy");
        assertThat(plane.kubectl("-n", namespace, "get", "pods", "-o", "name")).isBlank();
    }

    /** Of a user with those rights and no others. */
    private Path kubeconfig(ControlPlane plane, String namespace) throws IOException {
        plane.apply(Files.writeString(folder.resolve("rights.yaml"), RIGHTS.formatted(namespace)));
        String ca = Base64.getEncoder().encodeToString(plane.caPem().getBytes(UTF_8));
        return Files.writeString(folder.resolve("kubeconfig"), """
                {"apiVersion": "v1", "kind": "Config", "current-context": "test",
                 "contexts": [{"name": "test", "context": {"cluster": "test", "user": "arena"}}],
                 "clusters": [{"name": "test", "cluster": {"server": "%s", "certificate-authority-data": "%s"}}],
                 "users": [{"name": "arena", "user": {"token": "%s"}}]}
                """.formatted(
                        plane.url(), ca, plane.token(namespace, "arena-user", Duration.ofHours(1))));
    }
}
