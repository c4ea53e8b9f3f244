package kit.orchestration.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestNodeTest {

    private static final String POD = """
            {"metadata": {"name": "bare"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}""";

    /** %1$s is the kind. */
    private static final String WORKLOAD = """
            apiVersion: apps/v1
            kind: %1$s
            metadata: {name: arena}
            spec:
              replicas: 1
              %2$s
              selector: {matchLabels: {app: arena}}
              template:
                metadata:
                  labels: {app: arena, orchestration.kit/pool: eu}
                  annotations: {orchestration.kit/capacity: "100"}
                spec:
                  serviceAccountName: server
                  containers:
                  - name: server
                    image: arena
                    env:
                    - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                    - {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
                    - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                    - {name: POOL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['orchestration.kit/pool']"}}}
                    - {name: NONE, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['none']"}}}
                    - {name: ADDRESS, value: "$(POD_IP):7000 $(UNKNOWN)"}
            """;

    private static ControlPlane plane;

    private final String namespace = plane.newNamespace("node");
    private final TestNode node = new TestNode(plane, namespace, "node-1");

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        plane = ControlPlane.shared();
    }

    @AfterEach
    void end() {
        node.close();
    }

    @Test
    void aPodIsOnTheNodeAndRunsWhenToldSo() {
        TestPod pod = node.create(POD);
        assertThat(Json.text(read(pod), "spec", "nodeName")).isEqualTo("node-1");
        assertThat(Json.text(read(pod), "status", "phase")).isEqualTo("Pending");

        node.running(pod, "127.0.0.1");

        assertThat(Json.text(read(pod), "status", "phase")).isEqualTo("Running");
        assertThat(Json.text(read(pod), "status", "podIP")).isEqualTo("127.0.0.1");
        assertThat(isReady(pod)).isFalse();

        node.ready(pod, true);
        assertThat(isReady(pod)).isTrue();

        node.ended(pod, "Failed");
        assertThat(isReady(pod)).isFalse();
        assertThat(Json.text(read(pod), "status", "phase")).isEqualTo("Failed");
    }

    @Test
    void aDeletedPodStaysUntilItIsFinished() {
        TestPod pod = node.create(POD);
        node.running(pod, "127.0.0.1");

        node.delete(pod, Duration.ofSeconds(60));

        assertThat(Json.text(read(pod), "metadata", "deletionTimestamp")).isNotNull();
        assertThat(Json.text(read(pod), "metadata", "deletionGracePeriodSeconds"))
                .isEqualTo("60");

        node.finish(pod);

        assertThat(plane.api().get(pod.path()).status()).isEqualTo(404);
    }

    @Test
    void aKilledPodIsGoneAtOnce() {
        TestPod pod = node.create(POD);
        node.running(pod, "127.0.0.1");

        node.kill(pod);

        assertThat(plane.api().get(pod.path()).status()).isEqualTo(404);
    }

    @Test
    void aPodOfADeploymentHasItsTemplateAndANameOfItsOwn() throws IOException {
        workload("Deployment", "");

        TestPod pod = node.createOfDeployment("arena");

        assertThat(pod.name()).matches("arena-[a-z0-9]+-[a-z0-9]{5}");
        assertThat(pod.serviceAccount()).isEqualTo("server");
        assertThat(Json.object(read(pod), "metadata", "labels"))
                .containsEntry("orchestration.kit/pool", "eu")
                .containsKey("pod-template-hash");
        assertThat(Json.object(read(pod), "metadata", "annotations"))
                .containsEntry("orchestration.kit/capacity", "100");
        assertThat(node.createOfDeployment("arena").name()).isNotEqualTo(pod.name());
    }

    @Test
    void aStatefulSetsPodComesBackUnderItsNameWithANewUid() throws IOException {
        workload("StatefulSet", "serviceName: arena");
        TestPod first = node.createOfStatefulSet("arena", 3);
        assertThat(first.name()).isEqualTo("arena-3");
        assertThat(Json.object(read(first), "metadata", "labels"))
                .containsEntry("statefulset.kubernetes.io/pod-name", "arena-3");
        node.kill(first);

        TestPod second = node.createOfStatefulSet("arena", 3);

        assertThat(second.name()).isEqualTo(first.name());
        assertThat(second.uid()).isNotEqualTo(first.uid());
        assertThatThrownBy(() -> node.ready(first, true))
                .as("the predecessor's")
                .hasMessageContaining("422");
        assertThatThrownBy(() -> node.kill(first)).as("the predecessor").hasMessageContaining("409");
    }

    @Test
    void theEnvironmentIsWhatTheSpecAsksFor() throws IOException {
        workload("StatefulSet", "serviceName: arena");
        TestPod pod = node.createOfStatefulSet("arena", 0);
        node.running(pod, "127.0.0.9");

        assertThat(node.environment(pod))
                .containsAllEntriesOf(Map.of(
                        "POD_NAME", "arena-0",
                        "POD_UID", pod.uid(),
                        "POD_IP", "127.0.0.9",
                        "POOL", "eu",
                        "NONE", "",
                        "ADDRESS", "127.0.0.9:7000 $(UNKNOWN)",
                        "KUBERNETES_SERVICE_HOST", "127.0.0.1",
                        "KUBERNETES_SERVICE_PORT", String.valueOf(plane.url().getPort())));
    }

    @Test
    void theServiceAccountsFilesAreThereAndRotate() throws IOException {
        plane.newServiceAccount(namespace, "default");
        TestPod pod = node.create(POD);

        node.writeServiceAccount(pod, folder.resolve("account"));

        Path token = folder.resolve("account/token");
        String first = Files.readString(token);
        assertThat(folder.resolve("account/namespace")).hasContent(namespace);
        assertThat(folder.resolve("account/ca.crt")).content().isEqualTo(plane.caPem());
        assertThat(plane.api(first).get("/version").status()).isEqualTo(200);

        node.writeServiceAccount(pod, folder.resolve("account"));
        assertThat(Files.readString(token)).isNotEqualTo(first);
    }

    @Test
    void readyFollowsTheProbe() throws IOException {
        AtomicInteger status = new AtomicInteger(503);
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.createContext("/readyz", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        try {
            TestPod pod = node.create(POD);
            node.running(pod, "127.0.0.1");
            URI readyz = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/readyz");
            node.probe(pod, readyz, Duration.ofMillis(50));

            status.set(200);
            await().until(() -> isReady(pod));
            status.set(503);
            await().until(() -> !isReady(pod));
            status.set(200);
            await().until(() -> isReady(pod));
        } finally {
            server.stop(0);
        }
    }

    private void workload(String kind, String more) throws IOException {
        Path file = Files.writeString(folder.resolve("workload.yaml"), WORKLOAD.formatted(kind, more));
        plane.kubectl("apply", "-n", namespace, "-f", file.toString());
    }

    private static Map<String, Object> read(TestPod pod) {
        return plane.api().get(pod.path()).ok().json();
    }

    private static boolean isReady(TestPod pod) {
        return Json.list(Json.object(read(pod), "status"), "conditions").stream()
                .anyMatch(condition -> condition.get("type").equals("Ready")
                        && condition.get("status").equals("True"));
    }
}
