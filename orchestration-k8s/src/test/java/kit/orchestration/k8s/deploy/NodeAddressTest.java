package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.BackendException;
import kit.orchestration.PodAddress;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.GameServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where players dial a pod by its node's address: with the manifests as shipped, the component among them, on a real
 * API server. The Deployment's container has hostPorts.
 */
class NodeAddressTest {

    private static final String NODE = "node-1";

    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private Deployed deployed;

    @TempDir
    private Path overlay;

    @BeforeEach
    void deploy() {
        deployed = Deployed.to(ControlPlane.shared());
        deployed.plane()
                .api()
                .jsonPatch(
                        "/apis/apps/v1/namespaces/" + deployed.namespace() + "/deployments/" + Deployed.DEPLOYMENT,
                        "[{\"op\":\"add\",\"path\":\"/spec/template/spec/containers/0/ports/0/hostPort\","
                                + "\"value\":31007}]")
                .ok();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
    }

    /** The right, by the component in an overlay as its comment has it. */
    private void mayReadNodes() throws IOException {
        Path deploy = Deployed.DEPLOY.toRealPath();
        Path from = overlay.toRealPath();
        Files.writeString(from.resolve("kustomization.yaml"), """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: %s
                resources: [%s]
                components: [%s]
                """.formatted(
                        deployed.namespace(), from.relativize(deploy), from.relativize(deploy.resolve("nodes"))));
        deployed.plane().apply(from);
        await().until(() -> deployed.allocator().get("/api/v1/nodes").status() == 200);
    }

    /** The node has these addresses, beside that inside the cluster. */
    private void node(String type, String... addresses) {
        String nodes = "/api/v1/nodes";
        if (deployed.plane().api().get(nodes + "/" + NODE).status() == 404) {
            deployed.plane()
                    .api()
                    .post(nodes, LedgerJson.write(Map.of("metadata", Map.of("name", NODE))))
                    .ok();
            closing.push(() -> deployed.plane().api().delete(nodes + "/" + NODE).ok());
        }
        List<Map<String, Object>> all = new ArrayList<>();
        all.add(Map.of("type", "InternalIP", "address", "10.0.0.7"));
        for (String address : addresses) {
            all.add(Map.of("type", type, "address", address));
        }
        deployed.plane()
                .api()
                .mergePatch(
                        nodes + "/" + NODE + "/status", LedgerJson.write(Map.of("status", Map.of("addresses", all))))
                .ok();
    }

    private KubernetesAllocator allocator() {
        KubernetesClient client = deployed.client(deployed.plane().url());
        closing.push(client);
        KubernetesAllocator allocator = KubernetesAllocator.builder()
                .client(client)
                .pools(Deployed.DEPLOYMENT)
                .nodeAddresses()
                .build();
        closing.push(allocator);
        return allocator;
    }

    private void start(GameServerBuilder builder) {
        TestPod pod = deployed.pod();
        closing.push(() -> deployed.node().kill(pod));
        GameServer server = builder.platform(deployed.sdk(pod).build())
                .probePort(0)
                .drainOnTermination(false)
                .start();
        closing.push(server);
        server.ready();
        deployed.node().ready(pod, true);
    }

    private static Allocation allocate(KubernetesAllocator allocator) throws InterruptedException {
        return allocator.allocate(AllocateReq.builder(Deployed.DEPLOYMENT)
                .maxWait(Duration.ofSeconds(20))
                .build());
    }

    @Test
    void it_is_the_node_s_first_address_outside_and_the_host_port() throws Exception {
        mayReadNodes();
        node("ExternalIP", "", "no/host", "203.0.113.7", "2001:db8::7"); // a node may say anything
        start(GameServer.builder());
        KubernetesAllocator allocator = allocator();
        assertThat(allocate(allocator).podAddress())
                .isEqualTo(new PodAddress("203.0.113.7", 31_007, Map.of("game", 31_007)));

        node("ExternalIP", "2001:db8::8");
        await().untilAsserted(() -> assertThat(allocate(allocator).podAddress()).hasToString("[2001:db8::8]:31007"));
    }

    @Test
    void the_pod_s_own_word_goes_before_it() throws Exception {
        mayReadNodes();
        node("ExternalIP", "203.0.113.7");
        start(GameServer.builder().address("game-7.example:31007"));
        assertThat(allocate(allocator()).podAddress()).hasToString("game-7.example:31007");
    }

    /** As on a cluster in a house of one's own. */
    @Test
    void a_node_without_an_address_outside_leaves_it_to_the_manifest() throws Exception {
        mayReadNodes();
        node("Hostname", "node-1.internal");
        start(GameServer.builder());
        assertThat(allocate(allocator()).podAddress()).hasToString("127.0.0.1:7777");
    }

    /** Until then nobody knows where to dial; a session there would be one that no player reaches. */
    @Test
    void a_pod_whose_node_is_not_known_yet_waits_for_it() throws Exception {
        mayReadNodes();
        start(GameServer.builder());
        KubernetesAllocator allocator = allocator();
        var waiting = allocator.allocateAsync(AllocateReq.builder(Deployed.DEPLOYMENT)
                .maxWait(Duration.ofSeconds(30))
                .build());
        await().until(() -> allocator.status(Deployed.DEPLOYMENT).viewAge().isPresent());
        await().until(() -> allocator.status(Deployed.DEPLOYMENT).waiting() == 1);
        node("ExternalIP", "203.0.113.7");
        assertThat(waiting)
                .succeedsWithin(Duration.ofSeconds(20))
                .satisfies(allocation -> assertThat(allocation.podAddress()).hasToString("203.0.113.7:31007"));
    }

    @Test
    void without_the_right_the_error_names_the_component() {
        start(GameServer.builder());
        KubernetesAllocator allocator = allocator();
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(Deployed.DEPLOYMENT)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("listing nodes of the cluster")
                .hasMessageContaining("403")
                .hasMessageContaining("deploy/nodes");
    }
}
