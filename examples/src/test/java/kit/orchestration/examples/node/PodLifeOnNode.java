package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What may become of a pod, and of the sessions on it: {@code ./verify --without tests --only PodLifeOnNode}. */
@ExtendWith(SharedNode.class)
@Timeout(300)
class PodLifeOnNode {

    private static final int SLOTS = 4;
    private static final Duration MOMENT = Duration.ofSeconds(2);
    private static final long LONG = 120;

    private static Workload one(String pool) {
        return new Workload(Workload.Kind.DEPLOYMENT, pool, 1, SLOTS, Duration.ofSeconds(60));
    }

    private static void awaitFree(Allocator allocator, String pool, int slots) {
        await().atMost(LONG, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(allocator.status(pool).free()).hasValue(slots));
    }

    private static boolean isReady(SuiteNode node, String pool) {
        return node.pods(pool).stream().allMatch(Readiness::isPodReady);
    }

    @Test
    void a_pod_takes_sessions_when_its_game_says_so_and_no_moment_longer(SuiteNode node) throws Exception {
        Workload workload = one("life-ready");
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), 1)) {
            Pod pod = node.pod(workload.pool());
            node.order(pod, "unready");

            assertThatThrownBy(() -> allocator.allocate(
                            AllocateReq.builder(workload.pool()).build()))
                    .isInstanceOf(NoCapacityException.class)
                    .hasMessageContaining("1 are not ready");
            await().atMost(LONG, TimeUnit.SECONDS).until(() -> !isReady(node, workload.pool()));
            assertThat(guests.players().get(0).hears(MOMENT)).isNull();

            node.order(pod, "ready");
            await().atMost(LONG, TimeUnit.SECONDS).until(() -> isReady(node, workload.pool()));
            awaitFree(allocator, workload.pool(), SLOTS - 1);
            guests.sayGoodbye();
            awaitFree(allocator, workload.pool(), SLOTS);

            node.order(pod, "drain");
            assertThatThrownBy(() -> allocator.allocate(
                            AllocateReq.builder(workload.pool()).build()))
                    .isInstanceOf(NoCapacityException.class)
                    .hasMessageContaining("1 are draining");
        }
        node.stop(workload);
    }

    @Test
    void a_failing_health_check_restarts_the_container_and_its_slots_come_back(SuiteNode node) throws Exception {
        Workload workload = one("life-ill");
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            node.order(node.pod(workload.pool()), "ill");

            awaitRestart(node, workload.pool());
            guests.areCut();
            awaitFree(allocator, workload.pool(), SLOTS);
            Guests.fill(allocator, workload.pool(), SLOTS).close();
        }
        node.stop(workload);
    }

    @Test
    void so_does_a_kill_and_a_waiting_call_gets_the_first_of_them(SuiteNode node) throws Exception {
        Workload workload = one("life-killed");
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            long killed = System.nanoTime();
            node.kill(node.pod(workload.pool()));

            Allocation next = allocator.allocate(AllocateReq.builder(workload.pool())
                    .maxWait(Duration.ofSeconds(LONG))
                    .build());
            System.out.printf(
                    "from a container's kill to the next session there: %s ms%n",
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed));
            Player.enter(next).close();
            guests.areCut();
            awaitFree(allocator, workload.pool(), SLOTS);
        }
        node.stop(workload);
    }

    @Test
    void a_container_that_is_killed_for_its_memory_comes_back_with_all_slots(SuiteNode node) throws Exception {
        Workload workload = one("life-hungry");
        Deployment deployment = (Deployment) workload.manifest();
        deployment
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0)
                .setResources(new ResourceRequirementsBuilder()
                        .addToLimits("memory", new Quantity("256Mi"))
                        .build());
        node.start(deployment);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            node.order(node.pod(workload.pool()), "eat");

            ContainerStatus restarted = awaitRestart(node, workload.pool());
            assertThat(restarted.getLastState().getTerminated().getReason()).isEqualTo("OOMKilled");
            guests.areCut();
            awaitFree(allocator, workload.pool(), SLOTS);
        }
        node.stop(workload);
    }

    private static ContainerStatus awaitRestart(SuiteNode node, String pool) {
        await().atMost(LONG, TimeUnit.SECONDS).until(() -> status(node, pool).getRestartCount() == 1);
        return status(node, pool);
    }

    private static ContainerStatus status(SuiteNode node, String pool) {
        return node.pod(pool).getStatus().getContainerStatuses().get(0);
    }

    /** Its object stays, as long as nobody deletes it. */
    @Test
    void a_pod_that_is_never_restarted_is_gone_when_it_has_ended(SuiteNode node) throws Exception {
        Workload workload = one("life-once");
        Deployment deployment = (Deployment) workload.manifest();
        Pod once = new PodBuilder()
                .withMetadata(deployment.getSpec().getTemplate().getMetadata())
                .withSpec(deployment.getSpec().getTemplate().getSpec())
                .editMetadata()
                .withName("once")
                .withNamespace(Node.NAMESPACE)
                .endMetadata()
                .editSpec()
                .withRestartPolicy("Never")
                .endSpec()
                .build();
        node.start(once);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            node.kill(node.pod(workload.pool()));

            guests.areCut();
            await().atMost(LONG, TimeUnit.SECONDS)
                    .untilAsserted(
                            () -> assertThat(allocator.status(workload.pool()).claimed())
                                    .hasValue(0));
            assertThat(node.pod(workload.pool()).getStatus().getPhase()).isEqualTo("Failed");
        }
        node.kubectl("delete", "pod", "once", "--wait");
        node.awaitNoLease(workload.pool());
    }

    @Test
    void sessions_of_a_pod_that_is_evicted_go_on_to_their_end_beside_those_of_the_next(SuiteNode node)
            throws Exception {
        Workload workload = one("life-evicted");
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            Pod pod = node.pod(workload.pool());
            assertThat(node.administrator().pods().resource(pod).evict()).isTrue();

            Guests.fill(allocator, workload.pool(), SLOTS).close();
            guests.playOn();
            guests.sayGoodbye();
            node.awaitGone(pod);
            awaitFree(allocator, workload.pool(), SLOTS);
        }
        node.stop(workload);
    }

    /** The next one of a StatefulSet has its name, and its process may begin while the old one runs. */
    @Test
    void a_pod_that_is_deleted_by_force_makes_way_for_the_next_of_its_name(SuiteNode node) throws Exception {
        Workload workload = new Workload(Workload.Kind.STATEFUL_SET, "life-forced", 1, SLOTS, Duration.ofSeconds(60));
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), SLOTS)) {
            Pod pod = node.pod(workload.pool());
            node.kubectl("delete", "pod", pod.getMetadata().getName(), "--force", "--grace-period=0");

            Guests.fill(allocator, workload.pool(), SLOTS).close();
            assertThat(node.pod(workload.pool()).getMetadata().getName())
                    .isEqualTo(pod.getMetadata().getName());
            guests.areCut();
            awaitFree(allocator, workload.pool(), SLOTS);
        }
        node.stop(workload);
    }

    /** What runs there runs on; the controllers take its pods for not ready after 40 s. */
    @Test
    void sessions_outlive_the_absence_of_their_kubelet_and_the_pod_is_back_with_it(SuiteNode node) throws Exception {
        Workload workload = one("life-away");
        node.start(workload);
        try (Allocator allocator = node.allocator(workload.pool());
                Guests guests = Guests.fill(allocator, workload.pool(), 2)) {
            Pod pod = node.pod(workload.pool());
            node.signalKubelet(pod, "STOP");
            try {
                await().atMost(LONG, TimeUnit.SECONDS).until(() -> !isReady(node, workload.pool()));
                await().atMost(LONG, TimeUnit.SECONDS)
                        .untilAsserted(() -> assertThat(
                                        allocator.status(workload.pool()).readyPods())
                                .hasValue(0));
                guests.playOn();
            } finally {
                node.signalKubelet(pod, "CONT");
            }
            awaitFree(allocator, workload.pool(), SLOTS - 2);
            guests.sayGoodbye();
            awaitFree(allocator, workload.pool(), SLOTS);
            Guests.fill(allocator, workload.pool(), SLOTS).close();
        }
        node.stop(workload);
    }
}
