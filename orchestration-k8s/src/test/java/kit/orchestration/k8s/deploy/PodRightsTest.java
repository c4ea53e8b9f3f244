package kit.orchestration.k8s.deploy;

import static kit.orchestration.k8s.deploy.Deployed.POD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody who has broken into a game server can't do with what is found there. Each attempt is answered 403. */
class PodRightsTest {

    /** Who refused: RBAC, or a clause of the policy, told by their messages. */
    private static final String ROLE = "cannot ";

    private static final String BOUND = "must be bound to a pod";
    private static final String NAMESPACE = "must be in the pod's own namespace";
    private static final String NAME = "a pod writes its own Lease alone";
    private static final String OWNER = "must have one owner";
    private static final String MAKING = "a pod makes its Lease with";
    private static final String CHANGING = "a pod changes its Lease's annotations alone";

    private static Deployed deployed;

    private TestPod pod;
    private TestPod other;
    /** With the pod's credentials. */
    private Api api;

    @BeforeAll
    static void deploy() {
        deployed = Deployed.to(ControlPlane.shared());
    }

    @BeforeEach
    void both_have_a_lease() {
        pod = deployed.pod();
        other = deployed.pod();
        api = deployed.as(pod);
        create(api, LeaseText.of(pod)).ok();
        create(deployed.as(other), LeaseText.of(other)).ok();
    }

    private static Api.Answer create(Api api, LeaseText lease) {
        return api.post(deployed.leases(), lease.toString());
    }

    private static String path(TestPod pod) {
        return deployed.leases() + "/" + LedgerNames.lease(pod.name());
    }

    private static Api.Answer annotate(Api api, TestPod pod) {
        return api.mergePatch(path(pod), "{\"metadata\": {\"annotations\": {\"0\": \"7\"}}}");
    }

    private Api.Answer patch(String field, Object value) {
        return api.mergePatch(path(pod), LedgerJson.write(Map.of("metadata", Map.of(field, value))));
    }

    private static void assertRefused(Api.Answer answer, String by) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.body()).contains(by);
    }

    /** From now on the pod is one that has no Lease yet. */
    private void newcomer() {
        pod = deployed.pod();
        api = deployed.as(pod);
    }

    @Test
    void it_writes_its_own_annotations() {
        assertThat(annotate(api, pod).ok().body()).contains("\"0\":\"7\"");
        assertThat(api.jsonPatch(
                                path(pod),
                                "[{\"op\":\"add\",\"path\":\"/metadata/managedFields\",\"value\":[]},{\"op\":\"remove\",\"path\":\"/metadata/annotations/0\"}]")
                        .ok()
                        .body())
                .doesNotContain("managedFields", "\"0\"");
    }

    @Test
    void it_deletes_no_lease_not_even_its_own() {
        assertRefused(api.delete(path(pod)), ROLE);
        assertRefused(api.delete(path(other)), ROLE);
        assertRefused(api.delete(deployed.leases()), ROLE);
    }

    @Test
    void it_deletes_no_pod_not_even_itself() {
        assertRefused(api.delete(pod.path()), ROLE);
        assertRefused(api.delete(other.path()), ROLE);
        assertRefused(
                api.post(
                        pod.path() + "/eviction",
                        "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\"}}"
                                .formatted(pod.name())),
                ROLE);
    }

    @Test
    void it_writes_no_other_pods_lease() {
        assertRefused(annotate(api, other), NAME);
        assertRefused(
                api.jsonPatch(
                        path(other), "[{\"op\":\"replace\",\"path\":\"/metadata/annotations/0\",\"value\":\"7\"}]"),
                NAME);
        assertRefused(api.put(path(other), LeaseText.of(other).toString()), ROLE);
    }

    @Test
    void it_makes_no_other_pods_lease() {
        TestPod late = deployed.pod();

        assertRefused(create(api, LeaseText.of(late)), NAME);
        assertRefused(create(api, LeaseText.of(pod).with("name", LedgerNames.lease(late.name()))), NAME);
        assertRefused(create(api, LeaseText.of(pod).without("name").with("generateName", "orchestration-")), NAME);
    }

    @Test
    void it_writes_no_lease_that_is_not_ours() {
        Api admin = deployed.plane().api();
        admin.post(deployed.leases(), "{\"metadata\": {\"name\": \"leader-of-" + pod.name() + "\"}}")
                .ok();

        assertRefused(
                api.mergePatch(
                        deployed.leases() + "/leader-of-" + pod.name(), "{\"spec\": {\"holderIdentity\": \"me\"}}"),
                NAME);
        assertRefused(api.post(deployed.leases(), "{\"metadata\": {\"name\": \"leader\"}}"), NAME);
    }

    @Test
    void it_gives_its_lease_no_finalizers() {
        List<String> finalizers = List.of("example.com/never");

        assertRefused(patch("finalizers", finalizers), CHANGING);
        newcomer();
        assertRefused(create(api, LeaseText.of(pod).with("finalizers", finalizers)), MAKING);
    }

    @Test
    void it_gives_its_lease_no_owners() {
        List<Object> both = List.of(LeaseText.owner(pod), LeaseText.owner(other));

        assertRefused(patch("ownerReferences", both), OWNER);
        assertRefused(patch("ownerReferences", List.of(LeaseText.owner(other))), OWNER);
        assertRefused(patch("ownerReferences", List.of()), OWNER);

        newcomer();
        assertRefused(create(api, LeaseText.of(pod).with("ownerReferences", both)), OWNER);
        assertRefused(create(api, LeaseText.of(pod).with("ownerReferences", List.of(LeaseText.owner(other)))), OWNER);
        assertRefused(create(api, LeaseText.of(pod).without("ownerReferences")), OWNER);
    }

    @Test
    void it_changes_no_label() {
        assertRefused(patch("labels", Map.of(LedgerNames.POOL_LABEL, "another")), CHANGING);
        assertRefused(patch("labels", Map.of("app", "mine")), CHANGING);
        assertRefused(api.jsonPatch(path(pod), "[{\"op\":\"remove\",\"path\":\"/metadata/labels\"}]"), CHANGING);

        newcomer();
        assertRefused(create(api, LeaseText.of(pod).without("labels")), MAKING);
        assertRefused(
                create(api, LeaseText.of(pod).with("labels", Map.of(LedgerNames.POOL_LABEL, "duel", "app", "mine"))),
                MAKING);
    }

    @Test
    void it_changes_no_spec() {
        assertRefused(api.mergePatch(path(pod), "{\"spec\": {\"holderIdentity\": \"me\"}}"), CHANGING);
        newcomer();
        assertRefused(create(api, LeaseText.of(pod).withSpec("holderIdentity", "me")), MAKING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"secrets", "secrets/any", "configmaps", "pods", "serviceaccounts"})
    void it_reads_nothing_but_leases(String resource) {
        assertRefused(api.get("/api/v1/namespaces/" + deployed.namespace() + "/" + resource), ROLE);
    }

    @Test
    void it_reads_no_pod_not_even_itself() {
        assertRefused(api.get(pod.path()), ROLE);
    }

    @Test
    void it_lists_no_leases_and_reads_none_elsewhere() {
        assertRefused(api.get(deployed.leases()), ROLE);
        assertRefused(api.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/any"), ROLE);
    }

    @Test
    void it_gets_no_token_for_anybody() {
        for (String account : List.of(POD, Deployed.ALLOCATOR)) {
            assertRefused(
                    api.post(
                            "/api/v1/namespaces/%s/serviceaccounts/%s/token".formatted(deployed.namespace(), account),
                            "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}"),
                    ROLE);
        }
    }

    @Test
    void a_token_that_names_no_pod_writes_nothing() {
        Api unbound = deployed.asNoPod();

        assertRefused(annotate(unbound, pod), BOUND);
        assertRefused(create(unbound, LeaseText.of(deployed.pod())), BOUND);
    }

    @Test
    void a_pod_of_another_namespace_writes_nothing_here() {
        Deployed elsewhere = Deployed.to(deployed.plane());
        Api stranger = elsewhere.as(elsewhere.pod());

        assertRefused(annotate(stranger, pod), ROLE);
        assertRefused(create(stranger, LeaseText.of(deployed.pod())), ROLE);
    }

    /** A pod's name says nothing in another namespace, and would be in the way of the pod that has it here. */
    @Test
    void not_even_if_it_was_given_the_role_here() {
        Deployed elsewhere = Deployed.to(deployed.plane());
        TestPod foreign = elsewhere.pod();
        deployed.plane()
                .kubectl(
                        "create",
                        "rolebinding",
                        "foreign",
                        "--namespace=" + deployed.namespace(),
                        "--role=" + POD,
                        "--serviceaccount=" + elsewhere.namespace() + ":" + POD);

        await().untilAsserted(() -> assertRefused(create(elsewhere.as(foreign), LeaseText.of(foreign)), NAMESPACE));
    }

    /** The API server believes a dead pod's token for 10 s more, if it has seen it before. */
    @Test
    void a_predecessor_of_the_same_name_writes_nothing_of_its_successors() {
        TestPod dead = deployed.pod(0);
        Api late = deployed.as(dead);
        create(late, LeaseText.of(dead)).ok();
        deployed.node().kill(dead);
        TestPod successor = deployed.pod(0);

        Api heir = deployed.as(successor);
        assertRefused(annotate(heir, dead), OWNER);
        assertRefused(
                heir.mergePatch(
                        path(dead),
                        LedgerJson.write(
                                Map.of("metadata", Map.of("ownerReferences", List.of(LeaseText.owner(successor)))))),
                CHANGING);
        // The garbage collector's work.
        deployed.plane().api().delete(path(dead)).ok();

        assertRefused(create(late, LeaseText.of(successor)), OWNER);
        create(heir, LeaseText.of(successor)).ok();
        assertRefused(annotate(late, successor), OWNER);
    }
}
