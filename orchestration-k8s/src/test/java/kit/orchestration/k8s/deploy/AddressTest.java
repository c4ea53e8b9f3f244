package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.PodAddress;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.GameServerBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where players dial a pod, by its own word: with the manifests as shipped, the pod's rights and the allocator's, on a
 * real API server.
 */
class AddressTest {

    private static Deployed deployed;

    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private KubernetesAllocator allocator;

    @BeforeAll
    static void deploy() {
        deployed = Deployed.to(ControlPlane.shared());
    }

    @BeforeEach
    void open() {
        KubernetesClient client = deployed.client(deployed.plane().url());
        closing.push(client);
        allocator = KubernetesAllocator.builder()
                .client(client)
                .pools(Deployed.DEPLOYMENT)
                .build();
        closing.push(allocator);
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
    }

    private TestPod pod() {
        TestPod pod = deployed.pod();
        closing.push(() -> deployed.node().kill(pod));
        return pod;
    }

    private GameServerBuilder builder(TestPod pod) {
        return GameServer.builder()
                .platform(deployed.sdk(pod).build())
                .probePort(0)
                .drainOnTermination(false);
    }

    private GameServer start(TestPod pod, GameServerBuilder builder) {
        GameServer server = builder.start();
        closing.push(server);
        server.ready();
        deployed.node().ready(pod, true);
        return server;
    }

    private Allocation allocate() throws InterruptedException {
        return allocator.allocate(AllocateReq.builder(Deployed.DEPLOYMENT)
                .maxWait(Duration.ofSeconds(20))
                .build());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "203.0.113.7:31007",
                "[2001:db8::7]:31007",
                "node-7.games.example:31007 query=31008 voice=31009",
            })
    void it_is_what_the_pod_says(String said) throws InterruptedException {
        TestPod pod = pod();
        start(pod, builder(pod).address(said));
        Allocation allocation = allocate();
        assertThat(allocation.podAddress()).isEqualTo(PodAddress.parse(said));
        assertThat(deployed.lease(pod).annotations()).containsEntry(LedgerNames.ADDRESS, said);
    }

    @Test
    void whoever_is_allocated_after_it_has_changed_gets_the_new_one_and_so_does_a_retry() throws InterruptedException {
        TestPod pod = pod();
        GameServer server = start(pod, builder(pod).address("203.0.113.7:31007"));
        AllocateReq match = AllocateReq.builder(Deployed.DEPLOYMENT)
                .requestId("match")
                .maxWait(Duration.ofSeconds(20))
                .build();
        Allocation before = allocator.allocate(match);
        assertThat(before.podAddress()).hasToString("203.0.113.7:31007");

        server.address("203.0.113.8:31008");
        assertThat(allocate().podAddress()).hasToString("203.0.113.8:31008");
        Allocation again = allocator.allocate(match);
        assertThat(again.sessionId()).isEqualTo(before.sessionId());
        assertThat(again.podAddress()).hasToString("203.0.113.8:31008");
    }

    /** The manifest's port has a name, and so has another. */
    @Test
    void without_a_word_of_the_pod_it_is_the_manifest_s_with_the_names_of_its_ports() throws InterruptedException {
        TestPod pod = pod();
        start(pod, builder(pod));
        Allocation allocation = allocate();
        assertThat(allocation.podAddress())
                .isEqualTo(new PodAddress("127.0.0.1", 7777, Map.of("game", 7777, "probes", 8086)));
        assertThat(allocation.port("game")).isEqualTo(7777);
    }

    /** The next container of the pod may be elsewhere: hostPorts of another version of the game, say. */
    @Test
    void what_an_earlier_process_has_said_does_not_stay() throws InterruptedException {
        TestPod pod = pod();
        start(pod, builder(pod).address("203.0.113.7:31007"));
        assertThat(allocate().podAddress()).hasToString("203.0.113.7:31007");
        start(pod, builder(pod)); // the other one has crashed
        await().untilAsserted(() -> assertThat(allocate().podAddress()).hasToString("127.0.0.1:7777"));
        assertThat(deployed.lease(pod).annotations()).doesNotContainKey(LedgerNames.ADDRESS);
    }
}
