package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScaleCalls.Listed;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.TestPods;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a scaler makes of what its allocator knows. */
class SightingsTest {

    private static final String HELD = "4 s-1 60000 - -";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(7);
    private static final LabelSelector OURS = LabelSelector.parse("app=duel");

    private final Sightings sightings = new Sightings("scaler/duel ", "scaler/duel one", START_TIMEOUT);

    private List<Sighting> see(KnownPod pod, long nanos) {
        return sightings.of(List.of(pod), OURS, nanos);
    }

    private static KnownPod pod(boolean ready, @Nullable String state, @Nullable String drain, String... slots) {
        return TestPods.pod("duel-7", ready, false, 0, state, drain, slots);
    }

    @ParameterizedTest
    @CsvSource({
        "true, open/b 1, , 0, OPEN",
        "false, open/b 1, , 0, COMING",
        "false, closed/b 1, , 0, COMING",
        "false, , , 0, COMING",
        "false, closed/b 1 draining, , 0, OUT",
        "true, open/b 1, scaler/duel one, 0, DRAINING", // it has not seen the mark
        "false, open/b 1, scaler/duel one, 0, DRAINING", // a claim may land
        "true, closed/b 1, scaler/duel one, 0, DRAINING", // the kubelet has not asked
        "false, closed/b 1, scaler/duel one, 0, IDLE",
        "false, closed/b 1, scaler/duel one, 4 s-1 60000 - -, DRAINING",
        "false, closed/b 1, scaler/duel one, garbage, DRAINING", // it may be a session's
        "false, garbage, scaler/duel one, 0, DRAINING",
        "false, closed/b 1 draining, scaler/duel another, 0, IDLE",
        "false, closed/b 1, alice, 0, OUT",
        "false, closed/b 1, scaler/duels one, 0, OUT",
        "false, closed/b 1, '', 0, OUT",
    })
    void a_pod_s_phase_is_what_lease_and_kubelet_say(
            boolean ready, @Nullable String state, @Nullable String drain, String slot, Phase phase) {
        assertThat(see(pod(ready, state, drain, slot), 0))
                .singleElement()
                .satisfies(seen -> assertThat(seen.sight().phase()).isEqualTo(phase));
    }

    @Test
    void it_knows_capacity_sessions_number_and_template() {
        assertThat(see(pod(true, "open/b 1", null, "0", HELD, "garbage"), 0)
                        .get(0)
                        .sight())
                .isEqualTo(new PoolPod("duel-7", 3, 2, Phase.OPEN, 7, "r1", false));
    }

    @ParameterizedTest
    @CsvSource({"scaler/duel one, false", "scaler/duel another, true", "scaler/duels one, false", ", false"})
    void it_knows_who_has_marked_a_pod(@Nullable String drain, boolean isOthers) {
        assertThat(see(pod(false, "closed/b 1", drain, "0"), 0))
                .singleElement()
                .satisfies(seen -> assertThat(seen.isOthers()).isEqualTo(isOthers));
    }

    @ParameterizedTest
    @CsvSource({"-1000, true", "-999, false", "0, false", "-2000, true"}) // which goes before those of a scaler
    void a_pod_is_cheap_by_the_cost_that_scalers_say(int cost, boolean isCheap) {
        KnownPod pod = TestPods.pod("duel-7", true, false, cost, "open/b 1", null, "0");

        assertThat(see(pod, 0))
                .singleElement()
                .satisfies(seen -> assertThat(seen.sight().isLetGo()).isEqualTo(isCheap));
    }

    /** A ReplicaSet's pods have one label, and a StatefulSet's another. */
    @ParameterizedTest
    @ValueSource(strings = {"pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash"})
    void a_pod_s_template_is_known_whoever_has_made_it(String label) {
        KnownPod pod = TestPods.pod(label, "duel-7", true, false, 0, "open/b 1", null, "0");

        assertThat(see(pod, 0).get(0).sight().revision()).isEqualTo("r1");
    }

    /** As one whose game has said so after its sessions began. */
    @Test
    void one_that_has_sessions_is_not_late_however_long_it_is_not_ready() {
        KnownPod slow = pod(false, "closed/b 1", null, HELD);
        see(slow, 0);
        assertThat(see(slow, START_TIMEOUT.toNanos() + 1).get(0).sight().phase())
                .isEqualTo(Phase.OUT);
    }

    @Test
    void a_view_is_true_if_it_has_what_lists_have_or_newer() {
        KnownPod pod = pod(false, "closed/b 1", "scaler/duel one", "0");
        Listed asKnown = new Listed("uid-duel-7", 1);
        Lease lease = Objects.requireNonNull(pod.lease());
        Listed ledger = new Listed(lease.uid(), lease.version());

        assertThat(isTrue(pod, Map.of("duel-7", asKnown), Map.of(lease.name(), ledger)))
                .isTrue();
        assertThat(isTrue(pod, Map.of("duel-7", asKnown), Map.of(lease.name(), new Listed(lease.uid(), 0))))
                .as("the view is newer")
                .isTrue();
        assertThat(isTrue(pod, Map.of("duel-7", new Listed("another", 1)), Map.of(lease.name(), ledger)))
                .as("another pod of the name")
                .isFalse();
        assertThat(isTrue(pod, Map.of("duel-7", new Listed("uid-duel-7", 2)), Map.of(lease.name(), ledger)))
                .as("the pod has changed")
                .isFalse();
        assertThat(isTrue(pod, Map.of(), Map.of(lease.name(), ledger)))
                .as("it is gone")
                .isFalse();
        assertThat(isTrue(pod, Map.of("duel-7", asKnown, "duel-8", asKnown), Map.of(lease.name(), ledger)))
                .as("one more")
                .isFalse();
        assertThat(isTrue(
                        pod,
                        Map.of("duel-7", asKnown),
                        Map.of(lease.name(), new Listed(lease.uid(), lease.version() + 1))))
                .as("its Lease has changed")
                .isFalse();
        assertThat(isTrue(pod, Map.of("duel-7", asKnown), Map.of()))
                .as("its Lease is gone")
                .isFalse();
    }

    /** What was seen counts, and not what the view has heard since. */
    @Test
    void what_was_idle_and_has_changed_meanwhile_is_as_it_was_seen_no_more() {
        KnownPod pod = pod(false, "closed/b 1", "scaler/duel one", "0");
        List<Sighting> seen = see(pod);
        TestPods.toldNext(pod, List.of(HELD));
        Lease now = Objects.requireNonNull(pod.lease());

        assertThat(Sightings.areAsListed(
                        seen,
                        Map.of("duel-7", new Listed("uid-duel-7", 1)),
                        Map.of(now.name(), new Listed(now.uid(), now.version())),
                        name -> false))
                .isFalse();
    }

    /** In a busy pool no view would ever be true; and a Lease that somebody has spoilt would keep all pods. */
    @ParameterizedTest
    @CsvSource({"true, open/b 1", "false, closed/b 1", "false, "})
    void the_Lease_of_a_pod_that_is_not_idle_says_nothing_of_that(boolean ready, @Nullable String state) {
        KnownPod pod = pod(ready, state, null, "0");
        if (state == null) {
            assertThat(isTrue(
                            pod,
                            Map.of("duel-7", new Listed("uid-duel-7", 1)),
                            Map.of("orchestration-duel-7", new Listed("another", 1))))
                    .isTrue();
            return;
        }
        Lease lease = Objects.requireNonNull(pod.lease());
        Map<String, Listed> newer = Map.of(lease.name(), new Listed(lease.uid(), lease.version() + 1));

        assertThat(isTrue(pod, Map.of("duel-7", new Listed("uid-duel-7", 1)), newer))
                .isTrue();
        assertThat(isTrue(pod, Map.of("duel-7", new Listed("uid-duel-7", 2)), newer))
                .as("it may be ready no more")
                .isFalse();
    }

    /** Its Pod says this pool and its Lease another: it counts nowhere, and keeps none from going. */
    @Test
    void a_pod_that_the_view_has_in_another_pool_is_no_news() {
        KnownPod pod = pod(true, "open/b 1", null, "0");
        Map<String, Listed> pods = Map.of("duel-7", new Listed("uid-duel-7", 1), "odd", new Listed("uid-odd", 1));

        assertThat(Sightings.areAsListed(see(pod), pods, Map.of(), "odd"::equals))
                .isTrue();
        assertThat(isTrue(pod, pods, Map.of())).isFalse();
    }

    private static boolean isTrue(KnownPod pod, Map<String, Listed> pods, Map<String, Listed> leases) {
        return Sightings.areAsListed(see(pod), pods, leases, name -> false);
    }

    private static List<Sighting> see(KnownPod pod) {
        return new Sightings("scaler/duel ", "scaler/duel one", START_TIMEOUT).of(List.of(pod), OURS, 0);
    }

    /** Its text was taken away, by hand, say; wherever it stood. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void a_slot_that_was_held_and_has_no_text_may_be_a_session_s(int lost) {
        String[] slots = {"0", "0"};
        slots[lost] = HELD;
        KnownPod pod = pod(false, "closed/b 1", "scaler/duel one", slots);
        TestPods.toldNext(pod, lost == 1 ? List.of("0") : Arrays.asList(null, "0"));

        assertThat(see(pod, 0).get(0).sight()).isEqualTo(new PoolPod("duel-7", 2, 1, Phase.DRAINING, 7, "r1", false));
    }

    @Test
    void pods_that_leave_and_pods_of_others_are_none() {
        assertThat(see(TestPods.pod("duel-7", false, true, 0, "closed/b 1", null, HELD), 0))
                .isEmpty();
        assertThat(sightings.of(List.of(pod(true, "open/b 1", null, "0")), LabelSelector.parse("app=another"), 0))
                .isEmpty();
    }

    /** Its Lease has lost its label, or was deleted, and may not be made anew. */
    @Test
    void of_a_pod_without_Lease_nobody_knows_that_it_has_no_sessions() {
        KnownPod pod = pod(false, "closed/b 1", null, "4 s-1 60000 - -", "0");
        see(pod, 0);
        TestPods.lostLease(pod);

        assertThat(see(pod, START_TIMEOUT.toNanos() + 1).get(0).sight())
                .as("it stays, and nobody's room is reckoned by it")
                .isEqualTo(new PoolPod("duel-7", 2, 0, Phase.OUT, 7, "r1", false));
        TestPods.stopped(pod);
        assertThat(see(pod, START_TIMEOUT.toNanos() + 1).get(0).sight())
                .as("nothing runs in it")
                .isEqualTo(new PoolPod("duel-7", 2, 0, Phase.STOPPED, 7, "r1", false));
    }

    /** A crash loop, an image that is gone, a node: its Lease says for ever what it said last. */
    @ParameterizedTest
    @CsvSource({"closed/b 1, 4 s-1 60000 - -", "open/b 1, 0"})
    void one_that_is_to_drain_and_in_which_nothing_runs_for_long_may_go(String state, String slot) {
        KnownPod pod = pod(false, state, "scaler/duel one", slot);
        TestPods.stopped(pod);
        long patience = START_TIMEOUT.toNanos();
        assertThat(see(pod, 0).get(0).sight().phase()).isEqualTo(Phase.DRAINING);
        assertThat(see(pod, patience).get(0).sight().phase()).isEqualTo(Phase.DRAINING);
        assertThat(see(pod, patience + 1).get(0).sight().phase()).isEqualTo(Phase.STOPPED);
        assertThat(see(pod, patience + 1).get(0).sight().held())
                .as("they are over")
                .isZero();

        KnownPod again = pod(false, state, "scaler/duel one", slot, "4 s-1 60000 - -");
        assertThat(see(again, patience + 2).get(0).sight().phase())
                .as("it runs")
                .isEqualTo(Phase.DRAINING);
        TestPods.stopped(again);
        assertThat(see(again, patience + 3).get(0).sight().phase())
                .as("a short while")
                .isEqualTo(Phase.DRAINING);
    }

    @Test
    void one_that_is_not_ready_for_long_is_counted_on_no_more_until_it_is() {
        KnownPod slow = pod(false, "closed/b 1", null, "0");
        long patience = START_TIMEOUT.toNanos();
        assertThat(see(slow, 0).get(0).sight().phase()).isEqualTo(Phase.COMING);
        assertThat(see(slow, patience).get(0).sight().phase()).isEqualTo(Phase.COMING);
        assertThat(see(slow, patience + 1).get(0).sight().phase()).isEqualTo(Phase.LATE);
        assertThat(see(pod(true, "open/b 1", null, "0"), patience + 2)
                        .get(0)
                        .sight()
                        .phase())
                .isEqualTo(Phase.OPEN);
        assertThat(see(slow, patience + 3).get(0).sight().phase()).isEqualTo(Phase.COMING);
    }
}
