package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shared one does; ControlPlaneFaultsTest has what takes one of its own. */
class ControlPlaneTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private static ControlPlane plane;

    private final String namespace = plane.newNamespace("test");

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        plane = ControlPlane.shared();
    }

    @Test
    void itIsTheVersionThatIsPinned() {
        assertThat(plane.api().get("/version").ok().json())
                .containsEntry("gitVersion", Pins.read().kubernetes());
    }

    @Test
    void itIsShared() {
        assertThat(ControlPlane.shared()).isSameAs(plane);
    }

    @Test
    void itListensOnLoopbackAlone() {
        assertThat(plane.url().getHost()).isEqualTo("127.0.0.1");
        assertThat(plane.etcdUrl().getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void aServiceAccountMayDoNothingUntilRolesSaySo() throws IOException {
        plane.newServiceAccount(namespace, "reader");
        Api reader = plane.api(plane.token(namespace, "reader", HOUR));
        String configMaps = "/api/v1/namespaces/" + namespace + "/configmaps";

        assertThat(reader.get(configMaps).status()).isEqualTo(403);

        plane.apply(write("rbac.yaml", """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: reader, namespace: %1$s}
                rules: [{apiGroups: [""], resources: [configmaps], verbs: [list]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: reader, namespace: %1$s}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
                subjects: [{kind: ServiceAccount, name: reader, namespace: %1$s}]
                """.formatted(namespace)));

        await().untilAsserted(() -> assertThat(reader.get(configMaps).status()).isEqualTo(200));
        assertThat(reader.delete(configMaps).status()).isEqualTo(403);
    }

    @Test
    void aPodsTokenNamesThePodAndDiesWithIt() {
        plane.newServiceAccount(namespace, "server");
        try (TestNode node = new TestNode(plane, namespace, "node")) {
            TestPod pod = node.create("""
                    {"metadata": {"name": "a"}, "spec": {"serviceAccountName": "server",
                     "containers": [{"name": "c", "image": "i"}]}}""");

            Map<String, Object> user = review(node.token(pod));

            assertThat(Json.text(user, "username")).isEqualTo("system:serviceaccount:" + namespace + ":server");
            assertThat(Json.object(user, "extra").toString())
                    .contains("authentication.kubernetes.io/pod-name=[a]")
                    .contains("authentication.kubernetes.io/pod-uid=[" + pod.uid() + "]");

            TestPod successor = new TestPod(namespace, pod.name(), "another-uid", "server");
            assertThatThrownBy(() -> node.token(successor))
                    .isInstanceOf(ControlPlaneException.class)
                    .hasMessageContaining("409");
        }
    }

    private static Map<String, Object> review(String token) {
        String review = Json.print(Map.of(
                "apiVersion", "authentication.k8s.io/v1", "kind", "TokenReview", "spec", Map.of("token", token)));
        return Json.object(
                plane.api()
                        .post("/apis/authentication.k8s.io/v1/tokenreviews", review)
                        .ok()
                        .json(),
                "status",
                "user");
    }

    @Test
    void anAdmissionPolicyRefuses() throws IOException {
        plane.apply(write("policy.yaml", """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: %1$s}
                spec:
                  failurePolicy: Fail
                  matchConstraints:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
                    resourceRules:
                    - {apiGroups: [coordination.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [leases]}
                  validations:
                  - {expression: "object.metadata.name != 'refused'", reason: Forbidden, message: not this one}
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: %1$s}
                spec: {policyName: %1$s, validationActions: [Deny]}
                """.formatted(namespace)));
        String leases = "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases";
        String dryRun = leases + "?dryRun=All";

        await().untilAsserted(() -> assertThat(plane.api()
                        .post(dryRun, "{\"metadata\": {\"name\": \"refused\"}}")
                        .status())
                .isEqualTo(403));
        assertThat(plane.api()
                        .post(leases, "{\"metadata\": {\"name\": \"taken\"}}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aKustomizeFolderIsAppliedToAnyNamespace() throws IOException {
        write("kustomization.yaml", "namespace: elsewhere\nresources: [account.yaml]\n");
        write("account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: from-kustomize}\n");

        plane.apply(folder, namespace);

        assertThat(plane.api()
                        .get("/api/v1/namespaces/" + namespace + "/serviceaccounts/from-kustomize")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whatKubectlSaysIsInTheError() {
        assertThatThrownBy(() -> plane.apply(folder.resolve("nothing.yaml")))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("kubectl apply")
                .hasMessageContaining("does not exist");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
