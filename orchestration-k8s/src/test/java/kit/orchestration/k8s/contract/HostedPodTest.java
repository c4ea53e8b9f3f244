package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pod that Agones hosts, from its first ready() to its end: by the true timing of a sidecar. */
class HostedPodTest {

    private static final Duration IDLE = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofSeconds(20);

    private static AgonesStandin agones;
    private static Cluster cluster;

    private String pool;
    private TestPod pod;
    private GameServer server;
    private Allocator allocator;

    @BeforeAll
    static void makeCluster() throws IOException {
        agones = AgonesStandin.builder().start();
        cluster = new Cluster(ControlPlane.shared());
    }

    @AfterAll
    static void closeAgones() {
        agones.close();
    }

    @BeforeEach
    void host() throws IOException {
        pool = "hosted-" + cluster.number();
        pod = cluster.node().createOfDeployment(cluster.workload(Workload.DEPLOYMENT, pool, 2, Map.of(), Map.of()));
        cluster.node().running(pod, "10.9.0.7");
        agones.addGameServer(
                StandinGameServer.of(pod.name(), pool).address("203.0.113.7").port(7_412));
        String token = cluster.node().token(pod);
        server = GameServer.builder()
                .platform(AgonesPlatform.builder()
                        .port(agones.sidecarPort(pod.name()))
                        .slots(KubernetesPlatform.builder()
                                .environment(cluster.node().environment(pod))
                                .ca(cluster.plane().caPem())
                                .token(() -> token)
                                .build())
                        .idleToReady(IDLE)
                        .build())
                .probePort(0)
                .drainOnTermination(false)
                .start();
        allocator = KubernetesAllocator.builder()
                .client(cluster.client(cluster.plane().url().toString()))
                .pools(pool)
                .build();
    }

    @AfterEach
    void end() {
        allocator.close();
        server.close();
        cluster.clear(pool);
    }

    private void ready() {
        server.ready();
        cluster.node().ready(pod, true);
    }

    private Allocation allocate() throws InterruptedException {
        return allocator.allocate(AllocateReq.builder(pool).maxWait(LONG).build());
    }

    private void awaitState(String state) {
        await().atMost(LONG).until(() -> agones.see(pod.name()).state().equals(state));
    }

    @Test
    void players_dial_what_agones_says_and_are_let_in_once_the_server_is_allocated() throws Exception {
        ready();
        assertThat(agones.see(pod.name()).state()).isEqualTo("Ready");

        Allocation first = allocate();
        assertThat(first.podAddress()).isEqualTo(new PodAddress("203.0.113.7", 7_412).withPort("default", 7_412));
        Session session = server.start(first.token());
        assertThat(agones.see(pod.name()).state()).isEqualTo("Allocated");

        session.close();
        awaitState("Ready");
        Session next = server.start(allocate().token());
        assertThat(agones.see(pod.name()).state()).isEqualTo("Allocated");
        next.close();
    }

    /** However often, and in whatever moment of that. */
    @Test
    void nobody_is_let_in_on_a_server_that_goes_back() throws Exception {
        ready();
        List<String> states = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Session session = server.start(allocate().token());
            states.add(agones.see(pod.name()).state());
            session.close();
            Thread.sleep(IDLE.plusMillis(100L * i).toMillis());
        }
        assertThat(states).containsOnly("Allocated");
    }

    @Test
    void a_server_that_agones_drains_gives_no_more_sessions_and_keeps_those_that_run() throws Exception {
        ready();
        Session session = server.start(allocate().token());

        agones.deleteGameServer(pod.name());

        await().atMost(LONG).untilAsserted(() -> {
            try {
                allocator.release(allocator.allocate(AllocateReq.of(pool)));
                assertThat(true).as("it takes sessions").isFalse();
            } catch (NoCapacityException drained) {
                assertThat(drained).hasMessageContaining("drain");
            }
        });
        assertThat(server.sessions()).containsExactly(session);
        session.close();
    }
}
