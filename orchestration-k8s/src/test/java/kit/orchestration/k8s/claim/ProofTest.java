package kit.orchestration.k8s.claim;

import static kit.orchestration.ledger.lease.Lease.GATHER;
import static kit.orchestration.ledger.lease.Lease.GATHER_WHILE_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.engine.Call;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.k8s.claim.PaperCluster.Patch;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Transport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When a pool that looks full is said to be full; nothing here takes time. */
class ProofTest {

    private static final Duration SECOND = Duration.ofMillis(1_001);
    private static final Duration WRITE = Duration.ofMillis(30); // what a write is taken to take at first
    private static final Duration MOMENT = WRITE.multipliedBy(2); // the time that a pod has to write
    private static final String POD = LedgerNames.lease("pod");

    private final PaperCluster paper = new PaperCluster();

    @Test
    void a_refusal_waits_until_what_was_written_before_it_is_told_of_whatever_pod() {
        twoFullPods();
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        assertThat(paper.patches).as("the proof").hasSize(1);
        String asked = paper.patches.element().lease();
        String freed = asked.equals(POD) ? LedgerNames.lease("other") : POD;

        paper.silent = true; // for a moment: what comes is late
        paper.leases.get(freed).put("0", "1");
        paper.changed(freed);
        paper.apply();
        assertThat(call.isSettled()).isFalse();
        paper.silent = false;
        paper.changed(freed);
        paper.changed(asked);

        assertThat(paper.patches).as("a claim").hasSize(1);
        paper.apply();
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.leases.get(freed).get("0")).startsWith("1 ");
    }

    /** So that pods whose endings nobody waits for write them together. */
    @Test
    void claims_say_whether_there_was_room_elsewhere() {
        paper.pod("pod", "0");
        paper.pod("other", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        String first = paper.held("pod").isEmpty() ? "other" : "pod";
        String last = first.equals("pod") ? "other" : "pod";
        assertThat(room(first)).isEqualTo(LedgerNames.ROOM_ELSEWHERE);

        paper.place();
        paper.applyAll();
        assertThat(paper.held(last)).hasSize(1);
        assertThat(room(last)).isNull();

        paper.leases.get(LedgerNames.lease(first)).put("0", "1");
        paper.changed(LedgerNames.lease(first));
        paper.place();
        paper.applyAll();
        assertThat(room(first)).isEqualTo(LedgerNames.ROOM_NOWHERE);
    }

    /** What has ended on a full pod that gathers is written half a second later, unless it is told. */
    @Test
    void a_full_pod_that_gathers_is_told_not_to_and_gets_its_time_to_write_then() {
        twoFullPods();
        gathers("pod", true);
        Call call = asks();
        assertThat(paper.patches).as("told").hasSize(1);
        paper.clock.advance(Duration.ofMillis(200));
        paper.apply();
        assertThat(room("pod")).isEqualTo(LedgerNames.ROOM_NOWHERE);

        assertProvenAfter(WRITE, call);
        assertProvenWithin(MOMENT, paper.place());
    }

    @Test
    void one_that_is_not_ready_is_told_nothing() {
        twoFullPods();
        gathers("pod", true);
        paper.address("pod", null);
        assertProvenWithin(MOMENT, paper.place());
    }

    @Test
    void a_full_pod_that_can_not_be_told_gathers_for_half_a_second() {
        twoFullPods();
        gathers("pod", true);
        Call call = asks();
        paper.refuse(422, "");
        assertProvenAfter(GATHER_WHILE_FULL.plus(WRITE), call);
    }

    /** Its manifest says fewer slots than its process has: it does not know that it is full. */
    @Test
    void a_pod_whose_capacity_was_lowered_gathers_for_a_second() {
        paper.manifest.put(LedgerNames.CAPACITY_ANNOTATION, "1");
        paper.pod("pod", "1 s-1 60000 - -", "0", "0");
        paper.start();
        assertProvenAfter(GATHER.plus(WRITE), asks());
    }

    /** It has free slots, and gathers; to who asks it is full. */
    @Test
    void a_pod_whose_lease_has_no_room_for_what_a_claim_brings_gathers_for_a_second_until_something_goes_free() {
        paper.pod("pod", "1 s-1 60000 - -", "0", "0", "0");
        paper.leases.get(POD).put("somebody's", "x".repeat(Lease.CLAIMS_ANNOTATION_BYTES - 1_000));
        paper.start();
        paper.place(request -> request.annotation("small", "x".repeat(100)));
        Call large = paper.place(request -> request.annotation("large", "x".repeat(900)));
        paper.clock.advance(Duration.ofMillis(1));
        paper.apply();
        paper.clock.advance(MOMENT);
        assertThat(paper.patches).isEmpty();
        paper.clock.advance(GATHER.minus(MOMENT).plus(WRITE));
        paper.apply();
        assertThat(large.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(2);

        paper.address("pod", null);
        assertProvenWithin(MOMENT, paper.place()); // a pod that is not ready is waited for by nobody
        paper.address("pod", "192.0.2.1");
        paper.leases.get(POD).put("0", "2");
        paper.changed(POD);
        assertProvenWithin(MOMENT, paper.place(request -> request.selector("zone", "none")));
        paper.leases.get(POD).remove("somebody's");
        paper.changed(POD);
        for (int i = 0; i < 3; i++) {
            paper.place();
        }
        paper.applyAll();
        assertProvenWithin(MOMENT, paper.place());
    }

    @Test
    void a_full_pod_that_is_told_late_gathers_no_longer_than_that() {
        twoFullPods();
        gathers("pod", true);
        Call call = asks();
        Patch told = paper.patches.remove();
        assertProvenAfter(GATHER_WHILE_FULL.plus(WRITE), call);
        paper.land(told);
    }

    /** By another allocator, a moment ago: it writes now. */
    @Test
    void a_full_pod_that_somebody_else_has_told_is_waited_for_as_long() {
        twoFullPods();
        gathers("pod", true);
        Call call = asks();
        paper.refuse(422, "");
        gathers("pod", false);
        assertProvenAfter(GATHER_WHILE_FULL.plus(WRITE), call);
    }

    /** There a full pod gathered that somebody else has told since. */
    @Test
    void a_proof_that_is_ready_before_an_earlier_one_and_was_in_vain_is_repeated() {
        twoFullPods();
        gathers("pod", true);
        asks();
        paper.refuse(422, "");
        gathers("pod", false);
        Call second = paper.place();
        paper.clock.advance(WRITE.plus(MOMENT));
        assertThat(paper.patches).as("the second").hasSize(1);
        paper.clock.advance(GATHER_WHILE_FULL); // the first is ready
        paper.refuse(422, "");
        passes(20, second);
        assertThat(second.isSettled()).isTrue();
    }

    @Test
    void proofs_that_overlap_tell_a_pod_once() {
        twoFullPods();
        gathers("pod", true);
        asks();
        paper.place();
        paper.clock.advance(WRITE);
        assertThat(paper.patches).as("while it is being told").hasSize(1);

        paper.silent = true; // for a moment
        paper.apply();
        paper.place();
        paper.clock.advance(WRITE);
        assertThat(paper.patches).as("until its event is here").hasSize(1);
        assertThat(paper.patches.element().ask().body()).contains(LedgerNames.PROOF);
    }

    @Test
    void of_very_many_no_more_are_being_told_at_a_time_however_many_ask() {
        for (int i = 0; i < 40; i++) {
            paper.pod("pod-" + i, held("session-" + i));
            gathers("pod-" + i, true);
        }
        paper.start();
        asks();
        paper.place();
        paper.clock.advance(WRITE);
        assertThat(paper.patches).hasSize(32);

        paper.silent = true; // for a moment
        paper.applyAll();
        paper.place();
        paper.clock.advance(WRITE);
        assertThat(paper.patches).as("the others").hasSize(8);
    }

    /** A claim under way has filled it. */
    @Test
    void a_pod_that_gathers_later_is_waited_for_too() {
        twoFullPods();
        Call call = asks();
        gathers("pod", true);
        assertProvenAfter(GATHER_WHILE_FULL.plus(WRITE), call);
    }

    @Test
    void of_very_many_that_gather_some_are_told_and_the_others_waited_for() {
        int pods = 33;
        for (int i = 0; i < pods; i++) {
            paper.pod("pod-" + i, held("session-" + i));
            gathers("pod-" + i, true);
        }
        paper.start();
        Call call = asks();
        assertThat(paper.patches).as("told").hasSize(pods - 1);
        paper.applyAll();
        assertProvenAfter(GATHER_WHILE_FULL.plus(WRITE), call);

        Call next = asks();
        assertThat(paper.patches).as("the last").hasSize(1);
        paper.applyAll();
        assertProvenWithin(MOMENT, next);
    }

    private void assertProvenWithin(Duration pause, Call call) {
        paper.clock.advance(pause);
        assertThat(paper.patches).as("the proof").hasSize(1);
        paper.apply();
        assertThat(call.isSettled()).isTrue();
    }

    /** A call to be refused; its proof has begun. */
    private Call asks() {
        Call call = paper.place();
        paper.clock.advance(Duration.ZERO);
        return call;
    }

    /** By then, and not before, something is written, and with it the call is refused. */
    private void assertProvenAfter(Duration pause, Call call) {
        paper.clock.advance(pause.minusMillis(1));
        assertThat(paper.patches).isEmpty();
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(paper.patches).as("the proof").hasSize(1);
        assertThat(call.isSettled()).isFalse();
        paper.apply();
        assertThat(call.isSettled()).isTrue();
    }

    /** Whoever is refused can't use that, nor what ends there. */
    @Test
    void a_pod_with_a_free_slot_makes_no_refusal_wait() {
        paper.pod("pod", "0");
        paper.leases.get(POD).put(LedgerNames.ROOM, LedgerNames.ROOM_ELSEWHERE);
        paper.start();
        Call call = paper.place(request -> request.selector("zone", "none"));
        paper.clock.advance(MOMENT);
        paper.apply();
        assertThat(call.isSettled()).isTrue();
    }

    private @Nullable String room(String pod) {
        return paper.leases.get(LedgerNames.lease(pod)).get(LedgerNames.ROOM);
    }

    @Test
    void when_its_proof_is_told_a_full_pool_refuses() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        assertThat(call.isSettled()).isFalse();
        paper.apply();
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.leases.get(POD)).containsKey(LedgerNames.PROOF);
    }

    /** What was proven before it came may be old: a session may have ended since. */
    @Test
    void who_comes_after_a_proof_waits_for_the_next() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        assertThat(paper.place().isSettled()).isFalse();
        paper.clock.advance(MOMENT);
        paper.apply();

        Call second = paper.place();
        assertThat(second.isSettled()).isFalse();
        paper.clock.advance(Duration.ofMillis(200));
        paper.apply();
        assertThat(second.isSettled()).isTrue();
    }

    /** On a busy machine a watch takes longer to stand than a proof holds. */
    @Test
    void behind_a_watch_that_stands_late_and_says_nothing_a_full_pool_refuses_by_a_list() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        paper.silent = true;
        paper.opening = Duration.ofMillis(600);
        Call call = paper.place();
        for (int i = 0; i < 80 && !call.isSettled(); i++) {
            paper.applyAll();
            paper.clock.advance(Duration.ofMillis(100));
        }
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    /** Its last pod is gone, and of the next one a dead network does not tell. */
    @Test
    void that_an_empty_pool_has_no_room_a_server_has_to_say_that_answers() {
        paper.start();
        paper.away = true;
        Call call = paper.place();
        paper.clock.advance(Duration.ofMillis(500));
        assertThat(call.isSettled()).isFalse();

        paper.away = false;
        paper.clock.advance(Duration.ofSeconds(5));
        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void that_a_Lease_is_gone_proves_nothing_of_others() {
        twoFullPods();
        paper.leases.remove(POD); // the watch has not told of it
        List<String> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Call call = paper.place();
            paper.clock.advance(MOMENT);
            asked.add(paper.patches.element().lease());
            paper.applyAll();
            assertThat(call.isSettled()).isTrue();
        }
        assertThat(asked).containsOnlyOnce(POD).contains(LedgerNames.lease("other"));
    }

    /** As fast as the server is, twice; it may be slow. */
    @Test
    void pods_get_twice_the_time_to_write_that_writes_take_of_late() {
        twoFullPods();
        assertProvenAfter(MOMENT, paper.place());
        writesTake(Duration.ofMillis(800));
        assertProvenAfter(Duration.ofMillis(100), paper.place());
        writesTake(Duration.ZERO);
        assertProvenAfter(Duration.ofMillis(31), paper.place());
    }

    private void writesTake(Duration answer) {
        for (int i = 0; i < 50; i++) {
            paper.clock.advance(MOMENT);
            paper.place();
            while (paper.patches.isEmpty()) {
                paper.clock.advance(Duration.ofMillis(1));
            }
            paper.clock.advance(answer);
            paper.applyAll();
        }
        paper.clock.advance(SECOND);
    }

    @Test
    void a_proof_that_is_slow_keeps_no_other_from_giving_pods_their_time() {
        twoFullPods();
        Call first = paper.place();
        paper.clock.advance(MOMENT);
        Call second = paper.place();
        paper.clock.advance(MOMENT);
        Call third = paper.place();
        paper.clock.advance(Duration.ofMillis(800));
        assertThat(paper.patches).as("one at a time").hasSize(1);
        paper.apply();
        assertThat(first.isSettled()).isTrue();
        assertThat(second.isSettled()).isFalse();

        assertThat(paper.patches).as("for both").hasSize(1);
        paper.apply();
        assertThat(second.isSettled()).isTrue();
        assertThat(third.isSettled()).isTrue();
        assertThat(paper.patches).isEmpty();
    }

    @Test
    void what_is_ready_is_written_though_a_later_one_is_not() {
        twoFullPods();
        asks();
        paper.clock.advance(MOMENT);
        Call second = paper.place();
        paper.clock.advance(MOMENT); // it is ready, and the first being written
        gathers("pod", true);
        paper.place();
        paper.clock.advance(WRITE);
        paper.apply();
        Patch told = paper.patches.remove();
        assertThat(told.ask().body()).contains(LedgerNames.ROOM);
        assertThat(paper.patches).as("the second").hasSize(1);
        paper.apply();
        assertThat(second.isSettled()).isTrue();
    }

    /** Its connection may be dead. */
    @Test
    void a_write_without_an_answer_keeps_others_for_a_second_and_no_longer() {
        twoFullPods();
        Call first = asks();
        paper.clock.advance(MOMENT);
        Patch dead = paper.patches.remove();
        Call second = paper.place();
        paper.clock.advance(Duration.ofMillis(900));
        assertThat(paper.patches).isEmpty();
        paper.clock.advance(Duration.ofMillis(200));
        assertThat(paper.patches).hasSize(1);
        paper.apply();
        assertThat(first.isSettled()).isTrue();
        assertThat(second.isSettled()).isTrue();

        paper.patches.add(dead); // answered after all
        paper.apply();
        assertProvenWithin(Duration.ofMillis(100), paper.place());
    }

    @Test
    void that_a_write_which_was_overtaken_fails_lets_no_other_begin() {
        twoFullPods();
        asks();
        paper.clock.advance(MOMENT);
        Patch dead = paper.patches.remove();
        paper.clock.advance(SECOND);
        assertThat(paper.patches).as("the other").hasSize(1);
        dead.answer().complete(Statuses.answer(422));
        paper.clock.advance(Duration.ofMillis(300));
        assertThat(paper.patches).hasSize(1);
    }

    @Test
    void they_begin_a_moment_apart() {
        twoFullPods();
        paper.place();
        paper.clock.advance(Duration.ofMillis(10)); // the first begins
        paper.place();
        paper.place();
        paper.clock.advance(Duration.ofMillis(19));
        long before = paper.pool.nextProof();
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(paper.pool.nextProof()).isEqualTo(before + 1);
        paper.clock.advance(SECOND);
        assertThat(paper.pool.nextProof()).isEqualTo(before + 1);
    }

    /** Somebody has filled it to the last byte, say. */
    @Test
    void where_one_Lease_takes_no_proof_another_does() {
        twoFullPods();
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        assertThat(paper.pool.problem()).isEmpty();
        String full = paper.refuse(422, "").lease();
        assertThat(paper.pool.problem().orElseThrow().why()).contains("could not be made sure of", "422");
        for (int i = 0; i < 8 && !call.isSettled(); i++) {
            paper.clock.advance(Duration.ofMillis(100));
            if (!paper.patches.isEmpty()) {
                if (paper.patches.element().lease().equals(full)) {
                    paper.refuse(422, "");
                } else {
                    paper.apply();
                }
            }
        }
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.pool.problem()).isEmpty();
    }

    /** It hid why later calls had no answer. */
    @Test
    void why_a_proof_failed_is_told_while_somebody_waits_for_it_and_not_for_ever() {
        twoFullPods();
        Call call = paper.place();
        for (int i = 0; i < 100; i++) {
            paper.clock.advance(Duration.ofMillis(100));
            while (!paper.patches.isEmpty()) {
                paper.refuse(422, "");
            }
        }
        assertThat(paper.pool.problem()).isPresent();
        paper.pool.placer().withdraw(call, false);
        for (int i = 0; i < 100; i++) {
            paper.clock.advance(Duration.ofMillis(100));
            while (!paper.patches.isEmpty()) {
                paper.refuse(422, "");
            }
        }
        assertThat(paper.pool.problem()).isEmpty();
    }

    // ---- what the pods get time for ----

    /** While its Lease shows a free slot a pod gathers what ends; it writes that when the last one is claimed. */
    @Test
    void pods_get_their_time_from_when_the_claims_under_way_are_answered() {
        paper.pod("pod", "0", held("theirs"));
        paper.start();
        Call last = paper.place();
        Call call = paper.place();
        paper.clock.advance(Duration.ofMillis(500));
        assertThat(paper.patches).as("the claim").hasSize(1);
        paper.apply();
        assertThat(last.isSettled()).isTrue();
        paper.clock.advance(WRITE.minusMillis(1));
        assertThat(paper.patches).isEmpty();
        assertThat(call.isSettled()).isFalse();

        paper.leases.get(POD).put("1", "1");
        paper.changed(POD);
        paper.applyAll();
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(2);
    }

    /** It fills its pod, which writes then what has ended meanwhile. */
    @Test
    void and_the_claims_that_depart_in_a_moment() {
        paper.pod("pod", "0", "0");
        paper.start();
        List<Call> calls = List.of(paper.place(), paper.place());
        assertThat(paper.patches).as("the other waits for the writer").hasSize(1);
        Call call = paper.place();
        paper.clock.advance(WRITE.dividedBy(2));
        paper.apply();
        assertThat(paper.patches).as("it has departed").hasSize(1);
        paper.clock.advance(Duration.ofMillis(500));
        assertThat(paper.patches).as("no proof yet").hasSize(1);
        paper.apply();
        assertThat(calls).allMatch(Call::isSettled);
        assertProvenAfter(WRITE, call);
    }

    @Test
    void a_claim_that_is_not_answered_keeps_refusals_for_a_second_and_no_longer() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.patches.remove();
        Call call = paper.place(request -> request.selector("zone", "none"));
        paper.clock.advance(SECOND.plus(MOMENT));
        assertThat(paper.patches).as("the proof").hasSize(1);
        paper.apply();
        assertThat(call.isSettled()).isTrue();
    }

    /** As long as that holds, and then again. */
    @Test
    void who_waits_for_a_claim_longer_than_a_proof_holds_gets_another() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        Patch claim = paper.patches.remove();
        Call call = paper.place();
        passes(30, call);
        assertThat(call.isSettled()).isFalse();

        paper.patches.add(claim);
        passes(60, call); // after a slow answer the pods get time
        assertThat(call.isSettled()).isTrue();
    }

    /** Pods repeat theirs each second. */
    @Test
    void after_trouble_the_pods_have_three_seconds_to_write() {
        twoFullPods();
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        paper.refuse(429, "");
        for (int i = 0; i < 29; i++) {
            paper.clock.advance(Duration.ofMillis(100));
            paper.applyAll();
            assertThat(call.isSettled()).isFalse();
        }
        passes(20, call);
        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void a_server_that_asks_to_be_left_alone_is_and_nobody_is_refused_until_the_pods_may_write() {
        twoFullPods();
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        paper.refuse(429, "30");
        for (int i = 0; i < 29; i++) {
            paper.clock.advance(SECOND);
            assertThat(paper.patches).isEmpty();
        }
        assertThat(call.isSettled()).isFalse();
        assertThat(paper.pools.view().doubt()).isPresent();
        for (int i = 0; i < 20; i++) {
            paper.clock.advance(SECOND);
            paper.applyAll();
        }
        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void while_the_server_is_in_trouble_nothing_is_written_that_would_prove_nothing() {
        twoFullPods();
        paper.reach.ended(Duration.ZERO, ApiException.answered("x", new Transport.Answer(429, "", "10")));
        Call call = paper.place();
        int proofs = 0;
        for (int i = 0; i < 170; i++) {
            paper.clock.advance(Duration.ofMillis(100));
            proofs += paper.patches.size();
            paper.applyAll();
        }
        assertThat(call.isSettled()).isFalse();
        assertThat(proofs).isZero();
        passes(30, call);
        assertThat(call.isSettled()).isTrue();
    }

    private void gathers(String pod, boolean gathers) {
        paper.leases
                .get(LedgerNames.lease(pod))
                .put(LedgerNames.ROOM, gathers ? LedgerNames.ROOM_ELSEWHERE : LedgerNames.ROOM_NOWHERE);
        paper.changed(LedgerNames.lease(pod));
    }

    // ---- what proves nothing ----

    /** There the proof's own version was told long ago. */
    @Test
    void a_proof_in_a_storage_that_was_set_back_proves_nothing_before_a_list() {
        paper.pod("pod", held("old"));
        paper.start();
        paper.leases.get(POD).put("0", "0");
        paper.setBack(300);
        paper.silent = true;
        Call call = paper.place();
        passes(50, call);
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    /** No claim is made that would show that the watch of Leases is dead. */
    @Test
    void a_pod_whose_Lease_the_watch_does_not_tell_of_is_not_taken_for_one_without() {
        paper.start();
        paper.silent = true;
        paper.pod("pod", "0");
        paper.silent = false;
        paper.address("pod", "192.0.2.1");
        paper.silent = true;
        Call call = paper.place();
        passes(50, call);
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    /** What is known of the pods is part of what is proven; unhurried it would take 35 s. */
    @Test
    void a_watch_of_pods_that_is_dead_is_found_soon_while_somebody_is_to_be_refused() {
        paper.pod("pod", "0");
        paper.address("pod", null);
        paper.start();
        paper.podsFallSilent();
        paper.address("pod", "192.0.2.1");
        for (int i = 0; i < 13 && paper.held("pod").isEmpty(); i++) {
            paper.place();
            paper.clock.advance(SECOND);
            paper.applyAll();
        }
        assertThat(paper.held("pod")).hasSize(1);
    }

    @Test
    void a_pod_that_has_no_Lease_is_no_reason_to_wait() {
        paper.start();
        paper.address("pod", "192.0.2.1");
        Call call = paper.place();
        paper.clock.advance(MOMENT);
        assertThat(call.isSettled()).isTrue();
    }

    /** So many tenths of a second, or until the call is settled. */
    private void passes(int tenths, Call call) {
        for (int i = 0; i < tenths && !call.isSettled(); i++) {
            paper.clock.advance(Duration.ofMillis(100));
            paper.applyAll();
        }
    }

    private static String held(String session) {
        return new LedgerSlot.Free(0)
                .hold(session, Duration.ofMinutes(1), null, Map.of())
                .format();
    }

    /** Which were filled when no other had room. */
    private void twoFullPods() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        paper.pod("other", "0");
        paper.place();
        paper.applyAll();
    }
}
