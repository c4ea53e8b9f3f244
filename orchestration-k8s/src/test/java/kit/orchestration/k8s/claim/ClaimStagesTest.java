package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import kit.orchestration.BackendException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.k8s.claim.PaperCluster.Patch;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of claims whose writes are lost, refused, late or without answer, step by step; nothing here takes time.
 */
class ClaimStagesTest {

    private static final Duration SECOND = Duration.ofMillis(1_001);
    private static final String POD = LedgerNames.lease("pod");

    private final PaperCluster paper = new PaperCluster();

    // ---- written, told, settled ----

    /** Its connection may be dead, and those of other pods not. */
    @Test
    void a_lost_race_that_can_not_be_read_keeps_a_writer_for_a_second_and_no_longer() {
        paper.pod("one", "0");
        paper.pod("two", "0");
        paper.pod("three", "0");
        paper.start();
        paper.leaseReadsHang = true;
        paper.place();
        paper.place();
        Call third = paper.place();
        assertThat(paper.patches).hasSize(2);
        paper.refuse(422, "");
        paper.refuse(422, "");
        paper.clock.advance(Duration.ofMillis(900));
        assertThat(paper.patches).isEmpty();
        paper.clock.advance(Duration.ofMillis(200));
        assertThat(paper.patches).hasSize(1);
        paper.apply();
        assertThat(third.isSettled()).isTrue();
    }

    @Test
    void a_claim_without_a_request_id_is_settled_when_it_is_written_and_one_with_when_it_is_told() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call plain = paper.place();
        Call withId = paper.place(request -> request.requestId("match"));
        paper.apply();
        assertThat(plain.isSettled()).isTrue();

        paper.silent = true;
        paper.apply();
        assertThat(withId.isSettled()).isFalse();
        paper.silent = false;
        paper.changed(POD);
        assertThat(withId.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(2);
    }

    /**
     * Another allocator was first, and has told its caller: the later claim would be held in vain. But the first may
     * end before the withdrawal is written, and another allocator tell its caller of the later: so its pod ends it, if
     * nobody has started it.
     */
    @Test
    void the_later_of_two_claims_of_one_request_id_is_for_its_pod_to_end_though_its_caller_is_gone() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call call = paper.place(request -> request.requestId("match"));
        paper.leases
                .get(POD)
                .put(
                        "1",
                        new LedgerSlot.Free(0)
                                .hold("theirs", Duration.ofMinutes(1), RequestDigest.of(call.request()), Map.of())
                                .format());
        paper.changed(POD);
        call.fail(new CancellationException());
        paper.applyAll();

        assertThat(paper.leases.get(POD).get("0")).endsWith(" revoked");
        assertThat(paper.leases.get(POD).get("1")).contains(" theirs ").doesNotEndWith(" revoked");
    }

    /** It has found an earlier session, which ends while its pod is told the key of this allocator. */
    @Test
    void a_claim_whose_twin_ends_meanwhile_is_the_answer() {
        paper.pod("a", "0");
        paper.pod("b", "0");
        paper.start();
        Call call = paper.place(request -> request.requestId("match"));
        String mine = paper.patches.element().lease();
        String theirs = LedgerNames.lease(mine.equals(LedgerNames.lease("a")) ? "b" : "a");
        paper.leases
                .get(theirs)
                .put(
                        "0",
                        new LedgerSlot.Free(0)
                                .hold("theirs", Duration.ofMinutes(1), RequestDigest.of(call.request()), Map.of())
                                .format());
        paper.changed(theirs);
        paper.apply();
        assertThat(paper.patches).as("the key").hasSize(1);
        assertThat(paper.patches.element().lease()).isEqualTo(theirs);
        paper.leases.get(theirs).put("0", "1");
        paper.changed(theirs);
        paper.applyAll();
        assertThat(call.isSettled()).isTrue();
        assertThat(LedgerSlot.claim(paper.leases.get(mine).get("0"))).isNotNull();
    }

    /** What the pod that has failed would say of it nobody hears. */
    @Test
    void a_claim_on_a_pod_that_has_failed_leaves_no_entry() {
        paper.pod("pod", "0");
        paper.start();
        paper.place();
        paper.ends("pod", "Failed");
        paper.apply();
        assertThat(paper.held("pod")).hasSize(1);
        assertThat(paper.pool.sessions.find(paper.held("pod").get(0))).isNull();
    }

    /** Another allocator may have found it, and told its caller. */
    @Test
    void the_first_claim_of_a_request_id_stays_though_it_can_not_be_found_out_if_its_pod_lives() {
        paper.pod("pod", "0");
        paper.start();
        Call call = paper.place(request -> request.requestId("match"));
        paper.leaves("pod");
        paper.podReads = 403;
        paper.applyAll();

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    @Test
    void a_claim_on_a_pod_that_has_lost_its_address_is_given_back() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call call = paper.place();
        paper.address("pod", null);

        paper.apply();
        assertThat(paper.held("pod")).hasSize(1);
        paper.applyAll();

        assertThat(paper.held("pod")).isEmpty();
        assertThat(paper.leases.get(POD)).containsEntry("0", "1");
        paper.clock.advance(Duration.ofMillis(60)); // the time that a pod has to write
        paper.applyAll();
        assertThat(call.isSettled()).as("refused: there is no other pod").isTrue();
    }

    /** By hand, in the moment between a claim's answer and its event. */
    @Test
    void a_claim_whose_slot_s_count_was_lowered_before_it_was_told_is_not_expected_for_ever() {
        paper.pod("pod", "7", "7");
        paper.start();
        Call call = paper.place(request -> request.requestId("match"));
        paper.silent = true;
        paper.apply();
        paper.silent = false;
        paper.leases.get(POD).put("0", "0");
        paper.changed(POD);
        paper.lists.clear();

        for (int i = 0; i < 25; i++) {
            paper.applyAll();
            paper.clock.advance(SECOND);
        }

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
        assertThat(paper.lists).as("lists").isEmpty();
    }

    @Test
    void what_the_watch_does_not_tell_a_list_does() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.lists.clear();
        Call call = paper.place(request -> request.requestId("match"));
        paper.silent = true;
        paper.apply();
        for (int i = 0; i < 4; i++) {
            paper.clock.advance(SECOND);
        }

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.lists).containsExactly("leases");
    }

    @Test
    void a_session_that_came_and_went_behind_the_watch_is_forgotten() {
        paper.pod("pod", "0");
        paper.start();
        paper.silent = true;
        paper.place();
        paper.apply();
        String session = paper.held("pod").get(0);
        assertThat(paper.pool.sessions.find(session)).isNotNull();
        paper.leases.get(POD).put("0", "1");
        paper.silent = false;
        paper.changed(POD);

        assertThat(paper.pool.sessions.find(session)).isNull();
    }

    // ---- a server that is in trouble holds up nobody but whom it must ----

    @ParameterizedTest
    @ValueSource(ints = {429, 503})
    void while_some_batches_wait_for_a_server_in_trouble_others_are_written(int code) {
        paper.pod("one", "0");
        paper.pod("two", "0");
        paper.pod("three", "0");
        paper.start();
        List<Call> calls = new ArrayList<>(List.of(paper.place(), paper.place(), paper.place()));
        assertThat(paper.patches).as("one for each writer").hasSize(2);
        paper.refuse(code, "30");
        paper.refuse(code, "30");
        assertThat(paper.patches).as("at once would be no pause").isEmpty();

        paper.clock.advance(SECOND);
        assertThat(paper.patches).hasSize(1);
        paper.apply();
        assertThat(calls.stream().filter(Call::isSettled)).hasSize(1);

        paper.clock.advance(Duration.ofSeconds(46));
        for (int i = 0; i < 10; i++) {
            paper.applyAll();
            paper.clock.advance(SECOND);
        }
        assertThat(calls).allMatch(Call::isSettled);
        assertThat(paper.held("one")).hasSize(1);
        assertThat(paper.held("two")).hasSize(1);
        assertThat(paper.held("three")).hasSize(1);
    }

    /** As on connections that something between has forgotten. */
    @Test
    void writes_without_an_answer_hold_up_others_for_a_second() {
        paper.pod("one", "0");
        paper.pod("two", "0");
        paper.pod("three", "0");
        paper.start();
        Call one = paper.place();
        Call two = paper.place();
        Call three = paper.place();
        assertThat(paper.patches).as("one for each writer").hasSize(2);
        paper.clock.advance(Duration.ofMillis(999));
        assertThat(paper.patches).hasSize(2);

        paper.clock.advance(Duration.ofMillis(2));
        assertThat(paper.patches).hasSize(3);
        paper.applyAll();
        assertThat(List.of(one, two, three)).allMatch(Call::isSettled);
    }

    /** It was a write for each claim, one after the other. */
    @Test
    void a_token_that_the_server_does_not_know_is_no_single_claim_s_fault() {
        paper.pod("pod", "0", "0", "0", "0");
        paper.start();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(paper.place());
        }
        int asked = 0;
        while (!paper.patches.isEmpty()) {
            paper.refuse(401, "");
            asked++;
        }
        assertThat(calls).allMatch(Call::isSettled);
        assertThat(asked).as("the first alone, then the others together").isEqualTo(2);
    }

    @Test
    void a_server_in_trouble_is_asked_less_and_less_often() {
        for (int i = 0; i < 200; i++) {
            paper.pod("pod-" + i, "0");
        }
        paper.start();
        for (int i = 0; i < 200; i++) {
            paper.place();
        }
        int asked = 0;
        for (int i = 0; i < 100; i++) {
            while (!paper.patches.isEmpty()) {
                paper.refuse(429, "60");
                asked++;
            }
            paper.clock.advance(Duration.ofMillis(100));
        }
        assertThat(asked).isLessThan(60);
    }

    /** Without answer it may land late: its slots are nobody's until it is known, by a fence. */
    @Test
    void a_batch_without_answer_that_lands_late_is_found() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call call = paper.place();
        PaperCluster.Patch late = paper.refuse(500, "");
        paper.clock.advance(Duration.ofMillis(50));
        assertThat(paper.patches).as("the fence").hasSize(1);
        paper.land(late);
        paper.apply();
        paper.clock.advance(SECOND);

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
        assertThat(paper.patches).isEmpty();
    }

    @Test
    void a_fence_stays_away_for_as_long_as_the_server_asks() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call call = paper.place();
        paper.refuse(500, "");
        paper.clock.advance(Duration.ofMillis(50));
        PaperCluster.Patch fence = paper.refuse(429, "30");
        paper.clock.advance(Duration.ofMillis(29_900));
        assertThat(paper.patches)
                .extracting(patch -> patch.ask().body())
                .doesNotContain(fence.ask().body());

        paper.clock.advance(Duration.ofSeconds(16)); // up to a half more
        assertThat(paper.patches)
                .extracting(patch -> patch.ask().body())
                .containsOnlyOnce(fence.ask().body());
        for (int i = 0; i < 3; i++) {
            paper.applyAll();
            paper.clock.advance(SECOND);
        }
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    // ---- a race that has undone itself ----

    /** The pod has closed, and opened again before the Lease was read. */
    @Test
    void a_claim_that_has_lost_to_what_is_over_is_written_once_more() {
        paper.pod("pod", "0");
        paper.start();
        Call call = paper.place();
        Patch patch = paper.patches.remove();
        paper.silent = true;
        becomes("closed/boot 1");
        assertThat(paper.land(patch)).isFalse();
        becomes("open/boot 1");
        patch.answer().complete(Statuses.answer(422));
        paper.clock.advance(Duration.ZERO);
        paper.silent = false;
        paper.applyAll();
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    @Test
    void and_what_is_refused_then_too_is_its_own_fault_however_much_the_Lease_changes() {
        paper.pod("pod", "0");
        paper.start();
        Call call = paper.place();
        for (int i = 0; i < 2; i++) {
            paper.silent = true;
            paper.changed(POD);
            paper.refuse(422, "");
            paper.clock.advance(Duration.ZERO);
        }
        assertThat(call.isSettled()).isTrue();
        assertThat(paper.patches).isEmpty();
    }

    private void becomes(String state) {
        paper.leases.get(POD).put(LedgerNames.STATE, state);
        paper.changed(POD);
    }

    // ---- one caller's fault ----

    @ParameterizedTest
    @ValueSource(ints = {403, 422})
    void what_the_server_refuses_of_one_caller_s_fails_that_caller_alone(int code) {
        paper.pod("first", "0");
        paper.pod("second", "0");
        paper.pod("pod", "0", "0", "0", "0");
        paper.start();
        paper.place();
        paper.place();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Map<String, String> annotations = Map.of("caller", "number-" + i);
            calls.add(paper.place(request -> request.annotations(annotations)));
        }
        paper.apply();
        paper.apply();
        assertThat(paper.patches).as("a batch").hasSize(1);

        int writes = 0;
        while (!paper.patches.isEmpty()) {
            assertThat(paper.patches).as("one after the other").hasSize(1);
            if (paper.patches.element().ask().body().contains("number-2")) {
                paper.refuse(code, "");
            } else {
                paper.apply();
            }
            assertThat(++writes).isLessThan(10);
        }

        assertThat(writes).isEqualTo(5);
        for (int i = 0; i < 10; i++) {
            paper.clock.advance(Duration.ofMillis(100)); // the other pods are full, which is made sure of
            paper.applyAll();
        }
        assertThat(calls).allMatch(Call::isSettled);
        assertThatThrownBy(() -> Outcomes.of(calls.get(2)).join()).hasCauseInstanceOf(BackendException.class);
        assertThat(paper.held("pod")).hasSize(3);
        assertThat(paper.leases.get(POD).toString()).doesNotContain("number-2");
    }

    @Test
    void after_some_trouble_too_what_the_server_refuses_of_one_caller_s_fails_that_caller_alone() {
        paper.pod("pod", "0", "0", "0", "0");
        paper.start();
        List<Call> good = new ArrayList<>(List.of(paper.place()));
        Call culprit = paper.place(request -> request.annotation("caller", "culprit"));
        good.add(paper.place());
        paper.refuse(429, "");

        for (int i = 0; i < 40; i++) {
            if (paper.patches.isEmpty()) {
                paper.clock.advance(Duration.ofMillis(100));
            } else if (paper.patches.element().ask().body().contains("culprit")) {
                paper.refuse(403, "");
            } else {
                paper.apply();
            }
        }
        assertThat(culprit.isSettled()).isTrue();
        assertThat(good).allMatch(Call::isSettled);
        assertThat(paper.held("pod")).hasSize(2);
    }

    // ---- a storage that was set back ----

    @Test
    void of_a_storage_that_was_set_back_the_slots_are_claimed_by_what_a_list_says() {
        paper.pod("pod", "9", "9");
        paper.start();
        paper.leases.get(POD).put("0", "3");
        paper.leases.get(POD).put("1", "3");
        paper.setBack(300);
        paper.lists.clear();
        Call call = paper.place();
        int writes = 0;
        for (int i = 0; i < 100 && !call.isSettled(); i++) {
            writes += paper.patches.size();
            paper.applyAll();
            paper.clock.advance(Duration.ofMillis(100));
        }

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
        assertThat(writes).as("no hot loop").isLessThan(20);
        assertThat(paper.lists).contains("leases").hasSizeLessThan(4);
    }

    /**
     * Its watch says nothing, so the claim would seem to have come and gone, and the next one, until no slot is left.
     */
    @Test
    void a_claim_in_a_storage_that_was_set_back_to_the_same_texts_is_told_by_a_list() {
        paper.pod("pod", "0", "0", "0");
        paper.start();
        paper.setBack(300);
        paper.silent = true;
        Call call = paper.place(request -> request.requestId("match"));
        for (int i = 0; i < 5; i++) {
            paper.applyAll();
            paper.clock.advance(SECOND);
        }

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(1);
    }

    // ---- pods that the watch does not tell of ----

    @Test
    void a_pod_that_the_watch_does_not_tell_of_is_found_by_its_lease() {
        paper.start();
        paper.podsFallSilent();
        paper.pod("pod", "0");
        assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(0);
        paper.clock.advance(SECOND);
        assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(1);
    }

    // ---- pods without SDK ----

    /** It was a create a second, for ever, of what is there. */
    @Test
    void a_Lease_that_has_lost_its_label_is_made_again_less_and_less_often_and_the_pod_counts_as_misconfigured() {
        paper.manifest.put(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE);
        paper.manifest.put(LedgerNames.CAPACITY_ANNOTATION, "1");
        paper.unlabelled.add(POD);
        paper.pod("pod", "0");
        paper.start();
        paper.clock.advance(Duration.ofMinutes(10));
        assertThat(paper.creates).hasSizeBetween(8, 20);
        assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(0);

        paper.unlabelled.clear();
        paper.changed(POD);
        int creates = paper.creates.size();
        paper.clock.advance(Duration.ofMinutes(10));
        assertThat(paper.creates).hasSize(creates);
        assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(1);
    }
}
