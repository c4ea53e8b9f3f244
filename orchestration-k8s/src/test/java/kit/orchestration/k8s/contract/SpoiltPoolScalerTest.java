package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import kit.orchestration.k8s.PoolScalerBuilder;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** A scaler, and what somebody has edited by hand, or does not let it write. */
class SpoiltPoolScalerTest extends ScalerFixture {

    private void patch(String path, String labelsOrAnnotations, String key, String text) {
        Map<String, Object> value = new HashMap<>();
        value.put(key, text);
        where.plane()
                .api()
                .mergePatch(path, LedgerJson.write(Map.of("metadata", Map.of(labelsOrAnnotations, value))))
                .ok();
    }

    private PoolScalerBuilder ofThree(KubernetesAllocator allocator) {
        return scaler(allocator).pods(1, 3).buffer(0).startTimeout(Duration.ofSeconds(10));
    }

    private String podPath(String name) {
        return "/api/v1/namespaces/" + where.namespace() + "/pods/" + name;
    }

    private String leasePath(String name) {
        return where.leases() + "/" + LedgerNames.lease(name);
    }

    /** docs/ledger.md: "Pod: pool label: no new session; its sessions are found". It is no pod that was not made. */
    @Test
    void a_pod_of_a_stateful_set_that_was_taken_out_of_its_pool_keeps_its_sessions() throws Exception {
        workload(Workload.STATEFUL_SET, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 1, 1, 2);
        Session first = sessions.get(names.get(2)).get(0);
        patch(podPath(names.get(2)), "labels", LedgerNames.POOL_LABEL, null);

        start(ofThree(allocator).statefulSet(controller.name()));

        await().during(Duration.ofSeconds(20))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it has two sessions, the first ended: " + first.ended())
                        .containsKey(names.get(2)));
    }

    /**
     * docs/ledger.md: "the pool label is lost: /readyz says 503 with the reason until it is right again; sessions go
     * on". Its Lease leaves the view, and with it the sessions: that is no pod that never had any.
     */
    @Test
    void a_pod_whose_Lease_has_lost_its_label_keeps_its_sessions() throws Exception {
        workload(Workload.DEPLOYMENT, 2);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 3, 2);
        assertThat(controller.server(names.get(1)).sessions()).hasSize(2);
        patch(leasePath(names.get(1)), "labels", LedgerNames.POOL_LABEL, null);
        await().atMost(PATIENCE).until(() -> !controller.isReady(names.get(1)));
        assertThat(controller.server(names.get(1)).sessions()).hasSize(2);

        start(ofThree(allocator).deployment(controller.name()));

        await().during(Duration.ofSeconds(20))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it has two sessions that run")
                        .containsKey(names.get(1)));
    }

    /** A webhook, or a policy, lets nobody write it. */
    @Test
    void the_pool_grows_though_the_cost_of_a_pod_can_not_be_written() throws Exception {
        workload(Workload.DEPLOYMENT, 1);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 10);
        patch(podPath(names.get(0)), "annotations", "controller.kubernetes.io/pod-deletion-cost", "-1000");
        String policies = "/apis/admissionregistration.k8s.io/v1/";
        String policy = "frozen-" + where.namespace();
        where.plane()
                .api()
                .post(
                        policies + "validatingadmissionpolicies",
                        "{\"metadata\":{\"name\":\"" + policy + "\"},\"spec\":{\"failurePolicy\":\"Fail\","
                                + "\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],"
                                + "\"apiVersions\":[\"v1\"],"
                                + "\"operations\":[\"UPDATE\"],\"resources\":[\"pods\"],\"resourceNames\":[\""
                                + names.get(0) + "\"]}]},"
                                + "\"validations\":[{\"expression\":\"false\",\"message\":\"frozen\"}]}}")
                .ok();
        closing.push(() -> {
            where.plane().api().delete(policies + "validatingadmissionpolicybindings/" + policy);
            where.plane().api().delete(policies + "validatingadmissionpolicies/" + policy);
        });
        where.plane()
                .api()
                .post(
                        policies + "validatingadmissionpolicybindings",
                        "{\"metadata\":{\"name\":\"" + policy + "\"},\"spec\":{\"policyName\":\"" + policy
                                + "\",\"validationActions\":[\"Deny\"],\"matchResources\":{\"namespaceSelector\":"
                                + "{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"" + where.namespace()
                                + "\"}}}}}")
                .ok();
        AtomicInteger tries = new AtomicInteger();
        await().atMost(PATIENCE)
                .until(() -> where.plane()
                                .api()
                                .mergePatch(
                                        podPath(names.get(0)),
                                        "{\"metadata\":{\"annotations\":{\"x\":\"" + tries.incrementAndGet() + "\"}}}")
                                .status()
                        == 422);

        CompletableFuture<Allocation> waits = allocator.allocateAsync(request(PATIENCE.multipliedBy(2)));
        start(scaler(allocator).buffer(0).deployment(controller.name()));

        assertThat(waits)
                .as("replicas: " + controller.replicas() + ", a request waits, and up to 12 pods may be made")
                .succeedsWithin(PATIENCE);
    }

    /** "A number of a second ago at most." */
    @Test
    void the_number_of_slots_that_are_needed_is_told_also_while_the_target_can_not_be_read() throws Exception {
        workload(Workload.DEPLOYMENT, 1);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        PoolScaler scaler = start(scaler(allocator).buffer(0).deployment("misspelt"));
        await().atMost(PATIENCE).until(scaler::isLeading);
        await().atMost(PATIENCE).until(() -> scaler.neededSlots().isPresent());
        for (int i = 0; i < 5; i++) {
            play(allocator.allocate(request(PATIENCE)));
        }
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(scaler.neededSlots()).hasValue(5));
    }

    /** It counts as no Lease of the pod's, and is in the list all the same. */
    @Test
    void a_Lease_whose_owner_was_taken_away_keeps_no_other_pod_from_going() throws Exception {
        workload(Workload.DEPLOYMENT, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 2, 0, 0);
        where.plane()
                .api()
                .mergePatch(leasePath(names.get(2)), "{\"metadata\":{\"ownerReferences\":null}}")
                .ok();
        await().atMost(PATIENCE).until(() -> !controller.isReady(names.get(2)));

        start(ofThree(allocator).deployment(controller.name()));

        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it is idle, marked by '" + mark(names.get(1)) + "'")
                        .doesNotContainKey(names.get(1)));
    }
}
