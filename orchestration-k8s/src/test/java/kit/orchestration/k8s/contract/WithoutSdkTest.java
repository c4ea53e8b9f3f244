package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.PodAddress;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.local.ManualClock;
import kit.orchestration.testkit.HeldSlot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pods in which no SDK runs: the allocator opens their Lease, and a release frees. */
class WithoutSdkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static Cluster cluster;

    private final ManualClock clock = new ManualClock();
    private final Deque<OpenAllocator> open = new ArrayDeque<>();
    private String pool;
    private String workload;

    @BeforeAll
    static void makeCluster() {
        cluster = new Cluster(ControlPlane.shared());
    }

    @BeforeEach
    void makePool() {
        pool = "plain-" + cluster.number();
        workload = cluster.workload(
                Workload.DEPLOYMENT, pool, 2, Map.of(), Map.of(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE));
    }

    @AfterEach
    void end() {
        open.forEach(OpenAllocator::dispose);
        cluster.clear(pool);
    }

    private Allocator allocator() {
        OpenAllocator opened =
                new InThisProcess(cluster.client(cluster.plane().url().toString()), clock, Duration.ofSeconds(5));
        open.push(opened);
        return opened.allocator();
    }

    private TestPod pod() {
        TestPod pod = cluster.node().createOfDeployment(workload);
        cluster.node().running(pod, "10.2.0.1");
        cluster.node().ready(pod, true);
        return pod;
    }

    private AllocateReq patient() {
        return AllocateReq.builder(pool).maxWait(Duration.ofMinutes(10)).build();
    }

    @Test
    void a_slot_is_claimed_and_a_release_frees_it() throws Exception {
        TestPod pod = pod();
        Allocator allocator = allocator();

        Allocation first = allocator.allocate(patient());
        Allocation second = allocator.allocate(patient());

        assertThat(first.podAddress())
                .isEqualTo(PodAddress.parse("10.2.0.1:%s game=%1$s probes=8086".formatted(Cluster.PORT)));
        assertThat(first.annotations()).containsEntry(Allocation.POD_ANNOTATION, pod.name());
        assertThat(cluster.held(pool))
                .extracting(HeldSlot::sessionId)
                .containsExactlyInAnyOrder(first.sessionId(), second.sessionId());
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(pool))).isInstanceOf(NoCapacityException.class);

        allocator.release(first);
        allocator.release(first);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cluster.held(pool))
                        .extracting(HeldSlot::sessionId)
                        .containsExactly(second.sessionId()));
        Allocation third = allocator.allocate(patient());
        assertThat(third.sessionId()).isNotIn(first.sessionId(), second.sessionId());
        allocator.release(first);
        assertThat(cluster.held(pool)).hasSize(2);
    }

    @Test
    void another_allocator_shares_the_pod_and_releases_its_sessions() throws Exception {
        pod();
        pod();
        List<Allocator> allocators = List.of(allocator(), allocator());
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            ids.add(allocators.get(i % 2).allocate(patient()).sessionId());
        }
        assertThat(ids).hasSize(4);

        ids.forEach(id -> allocators.get(1).release(pool, id));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cluster.held(pool)).isEmpty());
    }

    @Test
    void a_claim_does_not_expire() throws Exception {
        pod();
        Allocator allocator = allocator();
        Allocation claim = allocator.allocate(AllocateReq.builder(pool)
                .maxWait(Duration.ofMinutes(10))
                .claimTtl(Duration.ofSeconds(1))
                .build());

        clock.advance(Duration.ofHours(3));
        allocator.allocate(patient());

        assertThat(cluster.held(pool)).extracting(HeldSlot::sessionId).contains(claim.sessionId());
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(pool))).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void a_pod_that_is_gone_takes_its_sessions_with_it() throws Exception {
        TestPod pod = pod();
        Allocator allocator = allocator();
        allocator.allocate(patient());

        cluster.node().kill(pod);

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(allocator.status(pool).capacity()).hasValue(0));
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(pool))).isInstanceOf(NoCapacityException.class);
        TestPod next = pod();
        assertThat(allocator.allocate(patient()).annotations()).containsEntry(Allocation.POD_ANNOTATION, next.name());
    }

    @Test
    void a_pod_that_is_not_ready_gets_no_session() throws Exception {
        TestPod pod = pod();
        Allocator allocator = allocator();
        allocator.allocate(patient());

        cluster.node().ready(pod, false);

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(allocator.status(pool).readyPods()).hasValue(0));
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(pool))).isInstanceOf(NoCapacityException.class);
        cluster.node().ready(pod, true);
        allocator.allocate(patient());
    }
}
