package kit.orchestration.k8s.deploy;

import static kit.orchestration.k8s.deploy.Deployed.ALLOCATOR;
import static org.assertj.core.api.Assertions.assertThat;

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

/** What the allocator's role would allow, and its policy does not. Each attempt is answered 403. */
class AllocatorPolicyTest {

    private static final String RULE = "an allocator writes Leases alone that are named after their pods";

    private static final String LEADER = "{\"metadata\": {\"name\": \"%s\"}, \"spec\": {\"holderIdentity\": \"me\"}}";

    private static Deployed deployed;

    private TestPod pod;
    /** With the allocator's credentials. */
    private Api api;

    @BeforeAll
    static void deploy() {
        deployed = Deployed.to(ControlPlane.shared());
    }

    @BeforeEach
    void a_pod_has_a_lease() {
        pod = deployed.pod();
        api = deployed.allocator();
        deployed.as(pod).post(deployed.leases(), LeaseText.of(pod).toString()).ok();
    }

    private String path() {
        return deployed.leases() + "/" + LedgerNames.lease(pod.name());
    }

    private Api.Answer patch(String field, Object value) {
        return api.mergePatch(path(), LedgerJson.write(Map.of("metadata", Map.of(field, value))));
    }

    private static void assertRefused(Api.Answer answer, String by) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(403);
        assertThat(answer.body()).contains(by);
    }

    @Test
    void it_claims_says_who_it_is_and_deletes() {
        patch("annotations", Map.of("0", "0 s-1 60000 - -")).ok();
        patch("managedFields", List.of()).ok();
        api.mergePatch(path(), "{\"spec\": {\"holderIdentity\": \"me\"}}").ok();
        api.delete(path()).ok();
    }

    @Test
    void it_wants_a_pod_to_drain_and_wants_it_no_more() {
        patch("annotations", Map.of(LedgerNames.DRAIN, "scaler/duel one")).ok();
        assertThat(api.jsonPatch(path(), "[{\"op\":\"remove\",\"path\":\"/metadata/annotations/drain\"}]")
                        .ok()
                        .body())
                .doesNotContain("drain");
    }

    /** By which the scalers of a pool elect one of them, and say how many requests wait. */
    @ParameterizedTest
    @ValueSource(strings = {"scaler", "waiting"})
    void it_writes_the_leases_of_a_pool_s_scalers_and_none_that_looks_like_one(String kind) {
        String name = pod.name() + "." + kind + ".orchestration.kit";
        String lease = deployed.leases() + "/" + name;

        api.post(deployed.leases(), LEADER.formatted(name)).ok();
        api.mergePatch(lease, "{\"metadata\": {\"annotations\": {\"waiting-1\": \"7\"}}}")
                .ok();
        api.mergePatch(lease, "{\"spec\": {\"holderIdentity\": \"another\"}}").ok();
        assertRefused(
                api.mergePatch(lease, "{\"metadata\": {\"labels\": {\"orchestration.kit/pool\": \"duel\"}}}"), RULE);
        assertRefused(api.mergePatch(lease, "{\"metadata\": {\"finalizers\": [\"example.com/never\"]}}"), RULE);
        api.delete(lease).ok();

        assertRefused(api.post(deployed.leases(), LEADER.formatted("x." + name)), RULE);
        assertRefused(api.post(deployed.leases(), LEADER.formatted("a.leader.orchestration.kit")), RULE);
        assertRefused(api.post(deployed.leases(), LEADER.formatted(name + ".example")), RULE);
    }

    @Test
    void it_makes_the_lease_of_a_pod_and_no_other() {
        TestPod other = deployed.pod();
        LeaseText lease = LeaseText.of(other);

        assertRefused(post(LeaseText.of(other).with("finalizers", List.of("example.com/never"))), RULE);
        assertRefused(post(LeaseText.of(other).without("ownerReferences")), RULE);
        assertRefused(post(LeaseText.of(other).with("ownerReferences", List.of(LeaseText.owner(pod)))), RULE);
        assertRefused(post(LeaseText.of(other).withSpec("holderIdentity", "me")), RULE);
        assertRefused(
                post(LeaseText.of(other).with("labels", Map.of(LedgerNames.POOL_LABEL, "duel", "app", "mine"))), RULE);
        assertRefused(post(LeaseText.of(other).without("labels")), RULE);
        assertRefused(post(LeaseText.of(other).with("name", "leader")), RULE);
        post(lease).ok();
    }

    private Api.Answer post(LeaseText lease) {
        return api.post(deployed.leases(), lease.toString());
    }

    @Test
    void it_touches_no_lease_by_which_others_elect_their_leader() {
        Api admin = deployed.plane().api();
        String leader = "leader-of-" + pod.name();
        admin.post(deployed.leases(), LEADER.formatted(leader)).ok();

        assertRefused(
                api.mergePatch(deployed.leases() + "/" + leader, "{\"spec\": {\"holderIdentity\": \"me\"}}"), RULE);
        assertRefused(
                api.mergePatch(
                        deployed.leases() + "/" + leader,
                        "{\"metadata\": {\"labels\": {\"%s\": \"duel\"}}}".formatted(LedgerNames.POOL_LABEL)),
                RULE);
        assertRefused(api.delete(deployed.leases() + "/" + leader), RULE);
        assertRefused(api.post(deployed.leases(), LEADER.formatted("another")), RULE);
        // By name it is a pod's, by label nobody's.
        admin.post(deployed.leases(), LEADER.formatted("orchestration-" + leader))
                .ok();
        assertRefused(api.delete(deployed.leases() + "/orchestration-" + leader), RULE);
    }

    @Test
    void it_changes_neither_pool_nor_owner_nor_finalizers() {
        assertRefused(patch("labels", Map.of(LedgerNames.POOL_LABEL, "another")), RULE);
        assertRefused(patch("ownerReferences", List.of()), RULE);
        assertRefused(patch("finalizers", List.of("example.com/never")), RULE);
    }

    @Test
    void an_explicit_mark_exempts_it_for_the_lease_that_it_names() {
        Deployed more = Deployed.to(deployed.plane());
        more.grant(ALLOCATOR, new Right("orchestration.kit", "ledgers", "exempt"), "leader");
        Api matchmaker = more.allocator();

        matchmaker.post(more.leases(), LEADER.formatted("leader")).ok();
        matchmaker.delete(more.leases() + "/leader").ok();
        assertRefused(matchmaker.post(more.leases(), LEADER.formatted("another")), RULE);
    }

    /** The garbage collector, kubectl in an administrator's hands. */
    @Test
    void an_administrator_is_not_held_to_it() {
        deployed.plane().api().delete(path()).ok();
    }
}
