package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeSpec;
import io.fabric8.kubernetes.api.model.NodeSpecBuilder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KnownPodTest {

    private boolean leaving;
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final String CLAIM = "4 session-1 60000 - -";

    private final KnownPod pod = new KnownPod("uid");
    private @Nullable String holder;
    private @Nullable String renewed;
    private @Nullable String address;
    private @Nullable String drain;
    private int version;

    // ---- who fills it ----

    @Test
    void a_pod_is_left_to_whoever_fills_it_now() {
        assertThat(rankFor("them", "2026-11-25T11:59:59.000000Z")).isEqualTo(PodRank.LEFT_TO_OTHERS);
        assertThat(rankFor("us", "2026-11-25T11:59:59.000000Z")).isEqualTo(PodRank.PREFERRED);
        assertThat(rankFor(null, null)).isEqualTo(PodRank.UNRANKED);
    }

    @Test
    void a_pod_that_somebody_filled_long_ago_is_left_to_nobody_from_the_first_look_on() {
        assertThat(rankFor("them", "2026-11-25T11:59:50.000000Z")).isEqualTo(PodRank.UNRANKED);
        assertThat(rankFor("them", "1970-01-01T00:00:00.000000Z")).isEqualTo(PodRank.UNRANKED);
    }

    @Test
    void clocks_that_differ_and_times_that_can_t_be_read_count_as_now() {
        assertThat(rankFor("them", "2026-11-25T12:10:00.000000Z")).isEqualTo(PodRank.LEFT_TO_OTHERS);
        assertThat(rankFor("them", "soon")).isEqualTo(PodRank.LEFT_TO_OTHERS);
    }

    /** By whoever cordons, or a scaler of nodes as its documents have it. */
    @Test
    void a_pod_whose_node_is_about_to_go_is_the_last_for_everybody() {
        pod.seen(view("duel", 0));
        tell("open/boot 1", "0");
        assertThat(pod.rank(null, 0)).isEqualTo(PodRank.UNRANKED);

        for (NodeSpec spec : List.of(
                new NodeSpecBuilder().withUnschedulable(true).build(),
                new NodeSpecBuilder()
                        .addNewTaint("NoSchedule", "ToBeDeletedByClusterAutoscaler", null, "1")
                        .build(),
                new NodeSpecBuilder()
                        .addNewTaint("NoSchedule", "karpenter.sh/disrupted", null, null)
                        .build())) {
            pod.onNode(NodeFacts.of(node(spec)));
            assertThat(pod.rank(null, 0)).as(spec.toString()).isEqualTo(PodRank.LEAVING);
            assertThat(pod.rank("us", 0)).isEqualTo(PodRank.LEAVING);
            assertThat(pod.state()).isEqualTo(PodState.READY);

            pod.onNode(NodeFacts.of(node(new NodeSpecBuilder()
                    .withUnschedulable(false)
                    .addNewTaint("NoSchedule", "dedicated", null, "games")
                    .build())));
            assertThat(pod.rank("us", 0)).isEqualTo(PodRank.UNRANKED);
        }
        pod.onNode(NodeFacts.of(node(null)));
        assertThat(pod.rank("us", 0)).isEqualTo(PodRank.UNRANKED);
    }

    private static Node node(@Nullable NodeSpec spec) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("node-1")
                .withResourceVersion("1")
                .endMetadata()
                .withSpec(spec)
                .build();
    }

    /** The pod closes when it sees it; until then a claim stands. */
    @Test
    void a_mark_to_drain_is_the_pod_s_to_obey() {
        pod.seen(view("duel", 1));
        drain = "alice";
        tell("open/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.READY);
        tell("closed/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
    }

    private PodRank rankFor(@Nullable String newHolder, @Nullable String newRenewed) {
        holder = newHolder;
        renewed = newRenewed;
        KnownPod fresh = new KnownPod("uid");
        fresh.told(lease("lease", "open/boot 1", "0"), null, 0, NOW);
        return fresh.rank("us", 0);
    }

    // ---- what follows from Pod and Lease ----

    @Test
    void it_is_ready_if_both_say_so_and_agree() {
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
        pod.seen(view("duel", 0));
        assertThat(pod.state()).isEqualTo(PodState.NOT_READY);
        tell("open/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.READY);
        tell("closed/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.NOT_READY);
        tell("closed/boot 1 draining", "0");
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
        tell("closed", "0");
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
        drain = "alice";
        tell("closed/boot 1", "0");
        assertThat(pod.state()).as("somebody has asked it to").isEqualTo(PodState.DRAINING);
        assertThat(pod.boot()).isEqualTo("boot");
        pod.seen(view("other", 0));
        assertThat(pod.state()).isEqualTo(PodState.MISCONFIGURED);
        assertThat(pod.fault()).contains("\"other\"", "\"duel\"");
    }

    /** It never takes claims again, and somebody has to know why. */
    @Test
    void a_Lease_that_was_deleted_and_is_kept_is_a_fault() {
        pod.seen(view("duel", 0));
        leaving = true;
        tell("open/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.MISCONFIGURED);
        assertThat(pod.fault()).contains("a finalizer keeps it").satisfies(DocumentedErrors::assertDocumented);
    }

    @Test
    void what_a_read_says_is_believed_until_the_watch_says_more() {
        pod.seen(view("duel", 0));
        tell("open/boot 1", "0");
        Lease closed = lease("lease", "closed/boot 1 draining", "2");
        Lease open = lease("lease", "open/boot-2 1", "4");
        assertThat(pod.read(closed, 7)).isTrue();
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
        assertThat(pod.versions()).containsExactly(4);

        pod.told(open, null, 0, NOW);
        assertThat(pod.state()).isEqualTo(PodState.READY);
        assertThat(pod.read(closed, 7)).isFalse();
        pod.missesLease("lease");
        assertThat(pod.state()).isEqualTo(PodState.NOT_READY);
    }

    /** A caller would be told an address that it was told the end of already. */
    @Test
    void what_others_see_of_its_lease_never_goes_back() throws Exception {
        pod.seen(view("duel", 0));
        tell("open/boot 1", "0");
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Long> back = CompletableFuture.supplyAsync(() -> {
            long newest = 0;
            while (!over.get()) {
                long version = pod.lease().version();
                if (version < newest) {
                    return version;
                }
                newest = version;
            }
            return null;
        });
        for (int i = 0; i < 400_000 && !back.isDone(); i++) {
            Lease next = lease("lease", "open/boot 1", "0");
            pod.read(next, 7);
            pod.told(next, null, 0, NOW);
        }
        over.set(true);
        assertThat(back.get()).isNull();
    }

    /** An etcd that was restored counts from where its copy was made: versions, and the counts in the slots. */
    @Test
    void of_a_storage_that_was_set_back_what_a_list_says_is_believed() {
        pod.seen(view("duel", 0));
        version = 900;
        tell("open/boot 1", "8");
        assertThat(pod.read(lease("lease", "closed/boot 1 draining", "9"), 7)).isTrue();
        int story = pod.holders().story();

        version = 500;
        pod.told(lease("lease", "open/boot 1", "3"), new KnownPod.Listed(2, 8), 0, NOW);
        assertThat(pod.state()).isEqualTo(PodState.READY);
        assertThat(pod.versions()).containsExactly(6);
        assertThat(pod.holders().story()).isEqualTo(story + 1);
        assertThat(pod.read(lease("lease", "open/boot 1", "4"), 7)).isTrue();
    }

    /** What it says is of before: whoever is allocated would be sent to an address that the pod has left. */
    @Test
    void a_list_that_was_asked_for_before_a_read_takes_nothing_back() {
        pod.seen(view("duel", 0));
        tell("open/boot 1", "0");
        Lease before = lease("lease", "open/boot 1", "0");
        assertThat(pod.read(lease("lease", "closed/boot 1 draining", "0"), 7)).isTrue();

        pod.told(before, new KnownPod.Listed(2, 7), 0, NOW);
        assertThat(pod.state()).isEqualTo(PodState.DRAINING);
        pod.told(before, new KnownPod.Listed(3, 8), 0, NOW);
        assertThat(pod.state()).isEqualTo(PodState.READY);
    }

    @Test
    void its_sessions_are_of_the_pool_in_which_both_once_were() {
        tell("open/boot 1", CLAIM);
        assertThat(pod.standing()).isEqualTo(Standing.ASK);
        pod.seen(view("other", 0));
        assertThat(pod.standing()).isEqualTo(Standing.DOES_NOT);
        pod.seen(view("duel", 0));
        assertThat(pod.standing()).isEqualTo(Standing.COUNTS);
        pod.seen(view("other", 0));
        assertThat(pod.standing()).isEqualTo(Standing.COUNTS);
        assertThat(pod.directory()).isEqualTo("duel");
        assertThat(pod.place()).isEqualTo("other");
        pod.left(false);
        assertThat(pod.standing()).isEqualTo(Standing.ASK);
        assertThat(pod.directory()).isEqualTo("duel");
        assertThat(pod.place()).isNull();
        pod.left(true);
        assertThat(pod.standing()).isEqualTo(Standing.DOES_NOT);
        assertThat(pod.directory()).isNull();
    }

    // ---- slots ----

    @Test
    void a_slot_that_can_t_be_read_is_held_by_what_held_it() {
        LedgerSlot.Held held = LedgerSlot.claim(CLAIM);
        assertThat(tell("open/boot 1", CLAIM, "0")).containsExactly(new Change(0, null, held));
        int story = pod.holders().story();
        assertThat(tell("open/boot 1", "garbage", null)).isEmpty();
        assertThat(pod.versions()).containsExactly(-1, -1);
        assertThat(tell("open/boot 1", CLAIM, "0")).isEmpty();
        assertThat(tell("open/boot 1", "5", "0")).containsExactly(new Change(0, held, null));
        assertThat(pod.holders().story()).isEqualTo(story);
    }

    @Test
    void a_count_that_was_lowered_and_another_Lease_begin_a_new_story() {
        tell("open/boot 1", "3", CLAIM);
        int story = pod.holders().story();
        assertThat(tell("open/boot 1", "2", CLAIM)).isEmpty();
        assertThat(pod.holders().story()).isEqualTo(story + 1);
        LedgerSlot.Held held = LedgerSlot.claim(CLAIM);
        assertThat(pod.told(lease("another", "open/boot 1", CLAIM), null, 0, NOW))
                .containsExactly(new Change(1, held, null), new Change(0, null, held));
        assertThat(pod.holders().story()).isEqualTo(story + 2);
        assertThat(pod.leaseIsGone()).containsExactly(new Change(0, held, null));
    }

    @Test
    void no_more_slots_are_given_out_than_the_pod_says_it_has() {
        tell("open/boot 1", "0", "0", "0");
        pod.seen(view("duel", 2));
        assertThat(pod.versions()).hasSize(2);
        pod.seen(view("duel", 7));
        assertThat(pod.versions()).hasSize(3);
        tell("open/boot 1", "0", "0", CLAIM);
        tell("open/boot 1", "0");
        assertThat(pod.versions())
                .as("one of those that were taken away is held")
                .containsExactly(0, -1, -1);
        tell("open/boot 1", "0", null, "5");
        tell("open/boot 1", "0");
        assertThat(pod.versions()).containsExactly(0);
    }

    private List<Change> tell(String state, @Nullable String... slots) {
        return pod.told(lease("lease", state, slots), null, 0, NOW);
    }

    private Lease lease(String uid, String state, @Nullable String... slots) {
        return new Lease(
                "orchestration-pod-1",
                uid,
                "",
                ++version,
                "duel",
                "pod-1",
                "uid",
                leaving,
                state,
                address,
                drain,
                Arrays.asList(slots),
                Map.of(),
                false,
                holder,
                renewed,
                100);
    }

    private static PodFacts view(String pool, int capacity) {
        return new PodFacts(
                "pod-1",
                "orchestration-pod-1",
                "uid",
                1,
                pool,
                Map.of(),
                new PodAddress("192.0.2.1", 7777),
                true,
                true,
                false,
                false,
                capacity,
                0,
                true,
                "",
                null,
                null,
                null);
    }

    // ---- where players dial ----

    @Test
    void the_pod_s_own_word_of_its_address_goes_before_its_manifest_s() {
        pod.seen(view("duel", 1));
        tell("open/boot 1", "0");
        assertThat(pod.address()).isEqualTo(new PodAddress("192.0.2.1", 7777));
        address = "203.0.113.7:31007 query=31008";
        tell("open/boot 1", "0");
        assertThat(pod.address()).isEqualTo(PodAddress.parse(address));
        assertThat(pod.state()).isEqualTo(PodState.READY);
        address = "[2001:db8::1]:31007";
        tell("open/boot 1", "0");
        assertThat(pod.address()).isEqualTo(new PodAddress("2001:db8::1", 31_007));
        address = null;
        tell("open/boot 1", "0");
        assertThat(pod.address()).isEqualTo(new PodAddress("192.0.2.1", 7777));
    }

    /** Deleted by hand: the pod goes on, and a claim that was written just before is answered after it. */
    @Test
    void it_outlives_its_lease() {
        pod.seen(view("duel", 1));
        address = "203.0.113.7:31007";
        tell("open/boot 1", "0");
        pod.missesLease("lease");
        assertThat(pod.lease()).isNull();
        assertThat(pod.address()).isEqualTo(PodAddress.parse(address));
        pod.leaseIsGone();
        assertThat(pod.address()).isEqualTo(PodAddress.parse(address));
        address = null;
        pod.told(lease("another", "open/boot-2 1", "0"), null, 0, NOW);
        assertThat(pod.address()).isEqualTo(new PodAddress("192.0.2.1", 7777));
    }

    @Test
    void one_that_can_t_be_read_makes_the_pod_no_good() {
        pod.seen(view("duel", 1));
        address = "somewhere";
        tell("open/boot 1", "0");
        assertThat(pod.address()).isNull();
        assertThat(pod.state()).isEqualTo(PodState.MISCONFIGURED);
        assertThat(pod.fault()).contains("its lease", "\"somewhere\"");
    }

    /** Two ports in the manifest, say; which of them is dialled the pod knows. */
    @Test
    void a_manifest_without_an_address_is_no_fault_of_a_pod_that_says_one_or_is_yet_to() {
        PodFacts wrong = new PodFacts(
                "pod-1",
                "orchestration-pod-1",
                "uid",
                1,
                "duel",
                Map.of(),
                null,
                true,
                true,
                false,
                false,
                1,
                0,
                true,
                "",
                null,
                null,
                "two ports");
        pod.seen(wrong);
        tell("closed/boot 1", "0");
        assertThat(pod.fault()).isNull();
        address = "203.0.113.7:31007";
        tell("open/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.READY);
        address = null;
        tell("open/boot 1", "0");
        assertThat(pod.state()).isEqualTo(PodState.MISCONFIGURED);
        assertThat(pod.fault()).isEqualTo("two ports");
    }
}
