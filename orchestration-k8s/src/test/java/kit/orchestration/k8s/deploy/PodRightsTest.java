package kit.orchestration.k8s.deploy;

import static kit.orchestration.k8s.deploy.Deployed.DEPLOYMENT;
import static kit.orchestration.k8s.deploy.Deployed.POD;
import static kit.orchestration.k8s.deploy.Deployed.STATEFUL_SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Limits;
import kit.orchestration.NoCapacityException;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.RequestDigest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    private static final String TEXTS = "a pod makes its Lease with state, address, slots and keys";
    private static final String WRITING = "claims and keys are an allocator's to write";
    private static final String TRACKING = "managedFields";

    /** What a claim by the allocator leaves. */
    private static final String CLAIMED = "0 s-1 60000 - -";

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
        return annotate(api, pod, "0", "7");
    }

    /** As the SDK writes: without a record of who set which field. */
    private static Api.Answer annotate(Api api, TestPod pod, String name, String text) {
        return api.mergePatch(
                path(pod),
                LedgerJson.write(
                        Map.of("metadata", Map.of("managedFields", List.of(), "annotations", Map.of(name, text)))));
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
    void it_opens_and_closes_frees_and_drops_keys() {
        String key = LedgerNames.key("kid");
        annotate(deployed.allocator(), pod, key, "text").ok();
        annotate(deployed.allocator(), pod, "0", CLAIMED).ok();

        annotate(
                        api,
                        pod,
                        LedgerNames.STATE,
                        LedgerState.closed("B.o-o_t", false).format())
                .ok();
        annotate(api, pod, LedgerNames.STATE, LedgerState.open("boot").format()).ok();
        assertThat(annotate(api, pod, "0", "1").ok().body()).contains("\"0\":\"1\"");
        annotate(api, pod, "1", "999999999999999999").ok();
        annotate(api, pod, LedgerNames.ADDRESS, "[2001:db8::1]:31007 query=31008 Voice.2=1")
                .ok();
        annotate(api, pod, LedgerNames.ADDRESS, "game-7.example:1").ok();
        assertThat(api.jsonPatch(
                                path(pod),
                                ("[{\"op\":\"add\",\"path\":\"/metadata/managedFields\",\"value\":[]},"
                                                + "{\"op\":\"remove\",\"path\":\"/metadata/annotations/%s\"}]")
                                        .formatted(key))
                        .ok()
                        .body())
                .doesNotContain("managedFields", key);
        annotate(api, pod, LedgerNames.STATE, LedgerState.closed("boot", true).format())
                .ok();
    }

    /** It opens and frees as ever while somebody wants it to drain, which is not its to say. */
    @Test
    void it_is_not_hindered_by_a_mark_to_drain() {
        annotate(deployed.allocator(), pod, "0", CLAIMED).ok();
        annotate(deployed.allocator(), pod, LedgerNames.DRAIN, "scaler/duel one")
                .ok();

        annotate(api, pod, LedgerNames.STATE, LedgerState.closed("boot", false).format())
                .ok();
        annotate(api, pod, "0", "1").ok();
        annotate(api, pod, LedgerNames.ADDRESS, "game-7.example:1").ok();
        assertRefused(annotate(api, pod, LedgerNames.DRAIN, "another"), WRITING);
    }

    /** Whatever an allocator may claim in the largest pod, the pod may free. */
    @Test
    void it_frees_in_a_lease_of_a_thousand_slots_that_is_full_to_the_last_byte() {
        newcomer();
        Map<String, String> annotations = new HashMap<>(Map.of(LedgerNames.STATE, "open/AAAA"));
        String held = "0 s-1 60000 - m=" + "x".repeat(240);
        IntStream.range(0, Limits.CAPACITY).forEach(slot -> annotations.put(LedgerNames.slot(slot), held));
        create(api, LeaseText.of(pod).with("annotations", annotations)).ok();

        annotations.replaceAll((name, text) -> name.equals(LedgerNames.STATE) ? "closed/AAAA" : "1");
        api.mergePatch(
                        path(pod),
                        LedgerJson.write(
                                Map.of("metadata", Map.of("managedFields", List.of(), "annotations", annotations))))
                .ok();
    }

    /** A token tells the pod's name and uid alone, so no policy can hold the pool to the Pod's label. */
    @Test
    void it_may_make_its_lease_for_another_pool_which_then_counts_for_nobody() {
        Deployed alone = Deployed.to(deployed.plane());
        TestPod forger = alone.pod();
        alone.node().ready(forger, true);
        AllocateReq guessed =
                AllocateReq.builder(STATEFUL_SET).requestId("guessed").build();
        String session = LedgerSlot.Free.NEW
                .hold("forged", Duration.ofMinutes(1), RequestDigest.of(guessed), Map.of())
                .format();
        LeaseText lease = LeaseText.of(forger)
                .with("labels", Map.of(LedgerNames.POOL_LABEL, STATEFUL_SET))
                .with("annotations", Map.of(LedgerNames.STATE, "open/AAAA 1", "0", session, "1", "0"));
        alone.as(forger).post(alone.leases(), lease.toString()).ok();

        try (KubernetesClient client = alone.client(alone.plane().url());
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .pools(STATEFUL_SET)
                        .build()) {
            assertThatThrownBy(() -> allocator.allocate(guessed))
                    .isInstanceOfSatisfying(
                            NoCapacityException.class,
                            none -> assertThat(none.pods().seen()).isZero());
            assertThatThrownBy(() -> allocator.allocate(AllocateReq.of(DEPLOYMENT)))
                    .isInstanceOfSatisfying(
                            NoCapacityException.class,
                            none -> assertThat(none.pods().misconfigured()).isEqualTo(1));
        }
        assertThat(alone.lease(forger).slot(0).format()).isEqualTo(session);
    }

    /** So it takes no session from another pod: retries of a request's id find what an allocator has written. */
    @Test
    void it_writes_no_claim_and_no_key() {
        annotate(deployed.allocator(), pod, "0", CLAIMED).ok();

        assertRefused(annotate(api, pod, "1", CLAIMED), WRITING);
        assertRefused(annotate(api, pod, "0", "0 s-2 60000 - -"), WRITING);
        assertRefused(annotate(api, pod, "0", CLAIMED + " revoked"), WRITING);
        assertRefused(annotate(api, pod, LedgerNames.key("mine"), "text"), WRITING);
        assertRefused(annotate(api, pod, "0", ""), WRITING);
    }

    @ParameterizedTest
    @CsvSource({
        "state, open",
        "state, 'open/A/B'",
        "state, 'open/A\n'",
        "junk, ''",
        "junk, 1",
        "drain, me",
        "1000, 1",
        "1, -1",
        "address, ''",
        "address, 'a:1 b'",
        "address, 'a:1\n'",
        "address, 'a:1  b=2'"
    })
    void it_writes_nothing_else(String name, String text) {
        assertRefused(annotate(api, pod, name, text.replace("\\n", "\n")), WRITING);
    }

    @Test
    void it_makes_no_lease_with_other_texts_or_larger_ones() {
        newcomer();
        LeaseText mine = LeaseText.of(pod);

        assertRefused(create(api, mine.with("annotations", Map.of("junk", "x"))), TEXTS);
        assertRefused(create(api, mine.with("annotations", Map.of("0", "x".repeat(LedgerSlot.MAX_LENGTH + 1)))), TEXTS);
        Map<String, String> many = new HashMap<>();
        IntStream.range(0, 1_200).forEach(i -> many.put(LedgerNames.key("k" + i), ""));
        assertRefused(create(api, mine.with("annotations", many)), TEXTS);
        create(api, mine.with("annotations", Map.of("0", "x".repeat(LedgerSlot.MAX_LENGTH))))
                .ok();
    }

    /** Else any of its writes could add a megabyte to what every allocator is sent. */
    @Test
    void it_says_nothing_of_who_set_which_field() {
        assertRefused(patch("managedFields", List.of(tracking(Map.of("f:metadata", Map.of())))), TRACKING);
        assertRefused(api.mergePatch(path(pod), "{\"metadata\": {\"annotations\": {\"0\": \"7\"}}}"), TRACKING);

        newcomer();
        for (Map<String, Object> fields : List.<Map<String, Object>>of(
                Map.of("f:junk", Map.of()),
                Map.of("f:metadata", Map.of("f:labels", Map.of("f:a", Map.of("f:b", Map.of())))),
                Map.of("f:metadata", Map.of("f:a", Map.of(), "f:b", Map.of(), "f:c", Map.of(), "f:d", Map.of())),
                Map.of("f:metadata", Map.of("f:labels", Map.of("f:" + "a".repeat(100), Map.of()))),
                Map.of(
                        "f:metadata",
                        Map.of(
                                "f:labels",
                                IntStream.range(0, 10)
                                        .boxed()
                                        .collect(Collectors.toMap(i -> "f:" + i, i -> Map.of())))))) {
            assertRefused(create(api, LeaseText.of(pod).with("managedFields", List.of(tracking(fields)))), TRACKING);
        }
    }

    /** An entry that the server merges with its own. */
    private static Map<String, Object> tracking(Map<String, Object> fields) {
        return Map.of(
                "manager",
                "Java-http-client",
                "operation",
                "Update",
                "apiVersion",
                "coordination.k8s.io/v1",
                "time",
                "2026-01-01T00:00:00Z",
                "fieldsType",
                "FieldsV1",
                "fieldsV1",
                fields);
    }

    /** Leader election, say: rights that a pod has beside ours don't take it out of the policy. */
    @Test
    void whoever_may_also_delete_leases_is_held_to_it_all_the_same() {
        Deployed more = Deployed.to(deployed.plane());
        TestPod elected = more.pod();
        TestPod another = more.pod();
        more.grant(POD, new Right("coordination.k8s.io", "leases", "delete"));
        Api mine = more.as(elected);

        assertRefused(mine.post(more.leases(), LeaseText.of(another).toString()), NAME);
        assertRefused(mine.post(more.leases(), "{\"metadata\": {\"name\": \"leader\"}}"), NAME);
    }

    @Test
    void an_explicit_mark_exempts_it_for_the_lease_that_it_names() {
        Deployed more = Deployed.to(deployed.plane());
        TestPod elected = more.pod();
        more.grant(POD, new Right("orchestration.kit", "ledgers", "exempt"), "leader");
        Api mine = more.as(elected);

        mine.post(more.leases(), "{\"metadata\": {\"name\": \"leader\"}}").ok();
        mine.mergePatch(more.leases() + "/leader", "{\"spec\": {\"holderIdentity\": \"me\"}}")
                .ok();
        assertRefused(mine.post(more.leases(), "{\"metadata\": {\"name\": \"another\"}}"), NAME);
        assertRefused(
                mine.post(more.leases(), LeaseText.of(elected).with("finalizers", List.of("example.com/never")) + ""),
                MAKING);
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

    /** To list one by its name takes the right to list them all, as to watch one takes the right to watch them all. */
    @Test
    void it_reads_the_leases_of_its_namespace_and_none_elsewhere() {
        assertThat(api.get(deployed.leases()).status()).isEqualTo(200);
        assertRefused(api.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"), ROLE);
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
