package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.junit.jupiter.api.Test;

/** What becomes of retries, and of claims that came second, while sessions of their request id end; in virtual time. */
class SecondClaimsTest {

    private static final Duration SECOND = Duration.ofMillis(1_001);
    private static final String A = LedgerNames.lease("a");
    private static final String B = LedgerNames.lease("b");
    private static final AllocateReq REQUEST =
            AllocateReq.builder(PaperCluster.POOL).requestId("match").build();

    private final PaperCluster paper = new PaperCluster();

    private static Held claim(String session) {
        return new LedgerSlot.Free(0).hold(session, Duration.ofMinutes(1), RequestDigest.of(REQUEST), Map.of());
    }

    private void passes(int seconds) {
        for (int i = 0; i < seconds; i++) {
            paper.clock.advance(SECOND);
            paper.applyAll();
        }
        paper.clock.advance(Duration.ofMillis(1));
    }

    private void write(String lease, String slot, String text) {
        paper.leases.get(lease).put(slot, text);
        paper.changed(lease);
    }

    private Call retry() {
        return paper.place(request -> request.requestId("match"));
    }

    /** Another's claim is first, and the answer; gives the Lease of ours, whose withdrawal is about to be written. */
    private String claimsSecond() {
        return claimsSecond(Duration.ZERO);
    }

    private String claimsSecond(Duration underWay) {
        paper.pod("a", "0", "0");
        paper.pod("b", "0", "0");
        paper.start();
        Call own = retry();
        String mine = paper.patches.element().lease();
        write(mine.equals(A) ? B : A, "0", claim("theirs").format());
        paper.clock.advance(underWay);
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        paper.apply(); // its key, where theirs is
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(session(own)).isEqualTo("theirs");
        return mine;
    }

    private Call retryOnceTheFirstHasEnded() {
        paper.pod("a", "0", "0");
        paper.pod("b", "0", "0");
        paper.start();
        write(A, "0", claim("first").format());
        write(B, "0", claim("second").format());
        paper.clock.advance(Duration.ofMillis(100));
        write(A, "0", "1");
        return retry();
    }

    private static String session(Call call) {
        assertThat(Outcomes.of(call)).isCompleted();
        return Outcomes.of(call).join().sessionId();
    }

    /** The watch is dead when the pod has freed what was released. */
    @Test
    void a_retry_that_has_waited_for_a_released_session_looks_whether_it_still_lives() {
        paper.pod("a", claim("s-1").revoke().format(), "0", "0");
        paper.start();
        paper.place(); // so that this allocator's key is there
        passes(1);
        Call retry = retry();
        paper.clock.advance(SECOND);
        paper.silent = true;
        write(A, "0", "1");
        passes(2);
        paper.silent = false;
        paper.changed(A);
        passes(1);
        assertThat(session(retry)).isNotEqualTo("s-1");
    }

    @Test
    void and_so_does_one_that_has_waited_for_its_key_to_be_written() {
        paper.pod("a", claim("s-1").format(), "0");
        paper.start();
        Call retry = retry();
        paper.clock.advance(SECOND);
        paper.silent = true;
        write(A, "0", "1");
        passes(2);
        paper.silent = false;
        paper.changed(A);
        passes(1);
        assertThat(session(retry)).isNotEqualTo("s-1");
    }

    /** It had stood still, say: what it is told in its turn is old by then, and another allocator may give it out. */
    @Test
    void nor_is_what_a_claim_came_after_taken_for_alive_when_it_is_told_late() {
        paper.pod("a", "0");
        paper.pod("b", "0", "0");
        paper.start();
        paper.place();
        paper.place(); // so that this allocator's key is in both
        passes(1);
        write(A, "0", "1");
        Call own = retry();
        paper.clock.advance(Duration.ofMillis(1));
        String mine = paper.patches.element().lease();
        boolean isA = mine.equals(A);
        String other = isA ? B : A;
        String slot = isA ? "1" : "0";
        write(other, slot, claim("theirs").format());
        paper.clock.advance(Duration.ofMillis(2_600));
        paper.silent = true;
        write(other, slot, "2");
        paper.silent = false;
        paper.apply();
        passes(1);
        assertThat(session(own)).isNotEqualTo("theirs");
        assertThat(paper.leases.get(mine).values()).noneMatch(text -> text.endsWith(" revoked"));
    }

    @Test
    void nor_after_a_wait_for_the_key_that_is_to_be_where_the_first_is() {
        paper.pod("a", "0", "0");
        paper.pod("b", "0", "0");
        paper.start();
        Call own = retry();
        String mine = paper.patches.element().lease();
        String other = mine.equals(A) ? B : A;
        write(other, "0", claim("theirs").format());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        paper.silent = true;
        write(other, "0", "1");
        paper.apply(); // the key
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(session(own)).isNotEqualTo("theirs");
        assertThat(paper.leases.get(mine).values()).noneMatch(text -> text.endsWith(" revoked"));
    }

    @Test
    void one_that_a_look_finds_released_is_waited_for_as_one_that_the_watch_tells_of() {
        paper.pod("a", claim("s-1").format(), "0", "0");
        paper.start();
        paper.place(); // so that this allocator's key is there
        passes(1);
        paper.silent = true;
        write(A, "0", claim("s-1").revoke().format());
        Call retry = retry();
        paper.clock.advance(SECOND);
        assertThat(retry.isSettled()).isFalse();
        write(A, "0", "1");
        passes(1);
        paper.silent = false;
        paper.changed(A);
        passes(1);
        assertThat(session(retry)).isNotEqualTo("s-1");
    }

    /** Of one that was under way when it asked it can't be known what it had seen. */
    @Test
    void who_asks_during_a_look_is_not_given_what_that_has_seen() {
        paper.pod("a", claim("first").format(), "0");
        paper.start();
        paper.place();
        passes(1);
        paper.podReadsHang = true;
        Call one = retry();
        paper.clock.advance(Duration.ofMillis(1));
        paper.silent = true;
        write(A, "0", "1");
        Call two = retry();
        paper.clock.advance(Duration.ofMillis(1));
        paper.answerReads();
        paper.silent = false;
        paper.changed(A);
        passes(1);
        assertThat(one.isSettled()).isTrue();
        assertThat(session(two)).isNotEqualTo("first");
    }

    /** Its own key took so long to be written. */
    @Test
    void the_time_that_a_pod_has_for_a_released_session_begins_with_the_release() {
        paper.pod("a", claim("s-1").format(), "0");
        paper.start();
        Call retry = retry();
        paper.clock.advance(Duration.ofMillis(2_200));
        assertThat(paper.patches).as("the key").hasSize(1);
        write(A, "0", claim("s-1").revoke().format());
        paper.applyAll();
        paper.clock.advance(SECOND);
        assertThat(retry.isSettled()).isFalse();
        write(A, "0", "1");
        passes(2);
        assertThat(session(retry)).isNotEqualTo("s-1");
    }

    /** Once that has ended, somebody's next try would be given the second, whose end is on its way. */
    @Test
    void a_claim_that_came_after_a_released_session_is_withdrawn_at_once() {
        paper.pod("a", "0");
        paper.pod("b", "0");
        paper.start();
        retry();
        String mine = paper.patches.element().lease();
        write(mine.equals(A) ? B : A, "0", claim("theirs").revoke().format());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(100));
        paper.applyAll();
        assertThat(paper.leases.get(mine).get("0")).endsWith(" revoked");
    }

    @Test
    void a_withdrawal_that_was_held_up_until_the_first_has_ended_is_left() {
        String mine = claimsSecond();
        String other = mine.equals(A) ? B : A;
        paper.refuse(429, "3"); // the withdrawal
        write(other, "0", "1");
        Call next = retry();
        passes(6);
        assertThat(paper.leases.get(mine).get("0")).doesNotEndWith(" revoked");
        assertThat(session(next))
                .isEqualTo(LedgerSlot.claim(paper.leases.get(mine).get("0")).sessionId());
    }

    /** Others may have been told of it then, and wait no longer than from there. */
    @Test
    void one_that_was_under_way_for_long_has_the_less_time_for_its_withdrawal() {
        String mine = claimsSecond(Duration.ofSeconds(2));
        String other = mine.equals(A) ? B : A;
        paper.refuse(429, "1"); // the withdrawal
        write(other, "0", "1");
        passes(3);
        assertThat(paper.leases.get(mine).get("0")).doesNotEndWith(" revoked");
    }

    /** Nobody is given it so soon, and left it would be held in vain until its time is over. */
    @Test
    void one_that_is_written_soon_is_not() {
        String mine = claimsSecond();
        String other = mine.equals(A) ? B : A;
        paper.refuse(429, "1"); // the withdrawal
        write(other, "0", "1");
        passes(2);
        assertThat(paper.leases.get(mine).get("0")).endsWith(" revoked");
    }

    @Test
    void a_session_that_came_second_is_no_answer_while_its_allocator_may_be_withdrawing_it() {
        Call retry = retryOnceTheFirstHasEnded();
        paper.clock.advance(SECOND);
        paper.applyAll();
        assertThat(retry.isSettled()).isFalse();
        write(B, "0", claim("second").revoke().format());
        write(B, "0", "1");
        passes(3);
        assertThat(session(retry)).isNotEqualTo("second").isNotEqualTo("first");
    }

    @Test
    void but_if_it_does_not_it_is() {
        Call retry = retryOnceTheFirstHasEnded();
        passes(4);
        assertThat(session(retry)).isEqualTo("second");
    }

    /** It is not known by the time of day how long something takes. */
    @Test
    void nor_does_a_retry_wait_longer_because_somebody_sets_the_clock() {
        Call retry = retryOnceTheFirstHasEnded();
        paper.daySet = Duration.ofHours(-1);
        passes(4);
        assertThat(session(retry)).isEqualTo("second");
    }

    /** One's look at the pod woke the other, whose look woke the one: a thousand each second. */
    @Test
    void retries_that_wait_beside_each_other_do_not_keep_asking_the_server() {
        List<Call> retries =
                Stream.of(retryOnceTheFirstHasEnded(), retry(), retry()).toList();
        paper.silent = true;
        int before = paper.reads;
        for (int i = 0; i < 400; i++) {
            paper.clock.advance(Duration.ofMillis(10));
            paper.applyAll();
        }
        assertThat(retries).allSatisfy(retry -> assertThat(session(retry)).isEqualTo("second"));
        assertThat(paper.reads - before).isLessThan(20);
    }

    @Test
    void nor_do_those_that_wait_for_a_pod_s_address_while_the_watch_is_away() {
        paper.pod("a", claim("first").format());
        paper.address("a", null);
        paper.start();
        paper.opening = Duration.ofMinutes(1);
        paper.watchesEnd();
        List<Call> retries = Stream.of(retry(), retry(), retry()).toList();
        for (int i = 0; i < 100; i++) {
            paper.clock.advance(Duration.ofMillis(10));
        }
        assertThat(retries).noneMatch(Call::isSettled);
        assertThat(paper.reads).isBetween(1, 20);
        assertThat(paper.pool.problem(REQUEST).orElseThrow().why()).contains("not where to dial");
    }

    /** Only an address helps them: it was two reads for each change of the Lease. */
    @Test
    void nor_while_others_keep_the_pod_busy() {
        paper.pod("a", claim("first").format(), "0");
        paper.address("a", null);
        paper.start();
        Call retry = retry();
        for (int i = 1; i <= 100; i++) {
            write(A, "1", Integer.toString(i));
            paper.clock.advance(Duration.ofMillis(10));
        }
        assertThat(paper.reads).isBetween(1, 20);
        paper.address("a", "192.0.2.1");
        passes(1);
        assertThat(session(retry)).isEqualTo("first");
    }

    /** Which is what the caller can do something about. */
    @Test
    void what_is_wrong_with_its_own_session_is_told_before_what_is_wrong_with_the_pool() {
        paper.pod("a", claim("first").format());
        paper.address("a", null);
        paper.start();
        retry();
        paper.place();
        paper.clock.advance(Duration.ofSeconds(1));
        while (!paper.patches.isEmpty()) {
            paper.refuse(422, "");
        }
        assertThat(paper.pool.problem().orElseThrow().why()).contains("422");
        assertThat(paper.pool.problem(REQUEST).orElseThrow().why()).contains("not where to dial");
    }

    /** A claim stands that nobody can be told of yet. */
    @Test
    void a_claim_waits_for_an_address_that_can_be_read_again() {
        paper.pod("a", "0");
        paper.start();
        Call own = retry();
        write(A, LedgerNames.ADDRESS, "nonsense");
        paper.apply();
        passes(1);
        assertThat(own.isSettled()).isFalse();
        write(A, LedgerNames.ADDRESS, "203.0.113.7:31007");
        passes(1);
        assertThat(session(own)).isEqualTo(paper.held("a").get(0));
    }

    @Test
    void nor_is_it_said_of_one_that_stands_that_nothing_was_changed() {
        paper.pod("a", "0");
        paper.start();
        Call own = retry();
        paper.leaves("a");
        paper.podReads = 403;
        paper.apply();
        passes(1);
        assertOutcomeUnknown(own);
    }

    private static void assertOutcomeUnknown(Call call) {
        assertThat(Outcomes.of(call))
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN));
    }

    /** It is withdrawn in a moment, or stands if the first has ended by then. */
    @Test
    void nor_of_one_that_came_second_to_a_session_whose_address_cannot_be_read() {
        paper.pod("a", "0", "0");
        paper.pod("b", "0", "0");
        paper.start();
        Call own = retry();
        String other = paper.patches.element().lease().equals(A) ? B : A;
        write(other, LedgerNames.ADDRESS, "nonsense");
        write(other, "0", claim("theirs").format());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        assertOutcomeUnknown(own);
    }

    @Test
    void nor_after_a_wait_for_the_end_of_the_first() {
        paper.pod("a", "0", "0");
        paper.pod("b", "0", "0");
        paper.start();
        Call own = retry();
        String other = paper.patches.element().lease().equals(A) ? B : A;
        write(other, "0", claim("theirs").revoke().format());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        paper.podReads = 403;
        paper.clock.advance(Duration.ofSeconds(3));
        paper.clock.advance(Duration.ofMillis(1));
        assertOutcomeUnknown(own);
    }

    /** Which of the two came second no list tells, and the withdrawal of the other may be on its way. */
    @Test
    void of_two_that_one_list_told_of_the_one_that_is_left_is_given_to_nobody_for_a_while() {
        paper.pod("a", claim("one").format(), "0");
        paper.pod("b", claim("other").format());
        paper.start();
        paper.place(); // so that this allocator's key is there
        paper.applyAll();
        Call retry = retry();
        write(B, "0", "1");
        paper.clock.advance(Duration.ofMillis(100));
        assertThat(retry.isSettled()).isFalse();
        passes(3);
        assertThat(session(retry)).isEqualTo("one");
    }

    /** An allocator that starts then could answer no try: it is told of both by one list. */
    @Test
    void a_claim_that_came_second_and_whose_allocator_is_gone_is_withdrawn_by_whoever_saw_the_order() {
        paper.pod("a", "0");
        paper.pod("b", "0");
        paper.start();
        write(A, "0", claim("first").format());
        write(B, "0", claim("second").format());
        passes(3);
        assertThat(paper.leases.get(B).get("0")).doesNotEndWith(" revoked");
        passes(2); // before a try that began with them has to give up
        assertThat(paper.leases.get(B).get("0")).endsWith(" revoked");
        assertThat(paper.leases.get(A).get("0")).doesNotEndWith(" revoked");
    }

    /** Whoever claimed the second need not have seen the first, which is on a pod that its request does not match. */
    @Test
    void but_not_where_the_first_is_on_a_pod_whose_labels_have_changed() {
        paper.pod("a", "0");
        paper.pod("b", "0");
        paper.start();
        write(A, "0", claim("first").format());
        paper.labels.put("map", "lake");
        paper.address("a", "192.0.2.1");
        write(B, "0", claim("second").format());
        passes(9);
        assertThat(paper.leases.get(B).get("0")).doesNotEndWith(" revoked");
    }

    /** Nor whoever is told only afterwards of what labels it has now. */
    @Test
    void nor_where_it_was_there_when_this_allocator_began() {
        paper.pod("a", claim("first").format());
        paper.pod("b", "0");
        paper.start();
        write(B, "0", claim("second").format());
        passes(9);
        assertThat(paper.leases.get(B).get("0")).doesNotEndWith(" revoked");
    }

    /** Its sessions go on. */
    @Test
    void nor_what_was_there_before_its_lease_was_made_anew() {
        paper.pod("a", "0");
        paper.pod("b", "0");
        paper.start();
        write(A, "0", claim("first").format());
        paper.toldGone(A, paper.leases.get(A));
        paper.clock.advance(Duration.ofMillis(100));
        write(B, "0", claim("second").format());
        paper.leases.put(
                A, Map.of(LedgerNames.STATE, "open/boot 1", "0", claim("first").format()));
        paper.changed(A);
        passes(9);
        assertThat(paper.leases.get(A).get("0")).doesNotEndWith(" revoked");
        assertThat(paper.leases.get(B).get("0")).doesNotEndWith(" revoked");
    }

    @Test
    void nor_where_nobody_has_seen_which_was_first_and_that_is_told() {
        paper.pod("a", claim("first").format());
        paper.pod("b", claim("second").format());
        paper.start();
        Call retry = retry();
        passes(9);
        assertThat(retry.isSettled()).isFalse();
        assertThat(paper.leases.get(A).get("0")).doesNotEndWith(" revoked");
        assertThat(paper.leases.get(B).get("0")).doesNotEndWith(" revoked");
        assertThat(paper.pool.problem(REQUEST).orElseThrow().why()).contains("two claims", "requestId");
        assertThat(paper.pool.problem(AllocateReq.of(PaperCluster.POOL))).isEmpty();
    }

    // ---- what is on its way ----

    @Test
    void who_loses_the_last_slot_to_another_try_of_its_own_request_gets_that_session() {
        paper.pod("a", "0");
        paper.start();
        Call own = retry();
        assertThat(paper.patches).as("its claim is under way").hasSize(1);
        write(A, "0", claim("theirs").format());
        paper.apply(); // ours fails its test
        passes(2);

        assertThat(session(own)).isEqualTo("theirs");
    }

    /** It would end it under whoever has it by then. */
    @Test
    void a_second_claim_is_given_to_nobody_while_its_withdrawal_has_no_answer() {
        String mine = claimsSecond();
        String other = mine.equals(A) ? B : A;
        PaperCluster.Patch withdrawal = paper.patches.remove();
        assertThat(withdrawal.ask().body()).contains("revoked");
        write(other, "0", "1"); // the first has ended
        Call next = retry();
        for (int i = 0; i < 45; i++) {
            paper.clock.advance(Duration.ofMillis(100));
            paper.applyAll();
        }
        assertThat(next.isSettled()).isFalse();

        assertThat(paper.land(withdrawal)).isTrue();
        withdrawal
                .answer()
                .complete(new Answer(200, "{\"metadata\":{\"resourceVersion\":\"" + paper.version + "\"}}", ""));
        passes(1);
        write(mine, "0", "1"); // its pod has freed it
        passes(3);

        assertThat(session(next)).isNotEqualTo("theirs");
        assertThat(paper.leases.get(other).values()).noneMatch(text -> text.endsWith(" revoked"));
    }

    /** Nobody has released it. */
    @Test
    void a_withdrawal_that_is_moot_by_the_time_its_Lease_is_there_again_is_left() {
        String mine = claimsSecond();
        String other = mine.equals(A) ? B : A;
        paper.refuse(429, "1"); // the withdrawal
        Map<String, String> texts = new LinkedHashMap<>(paper.leases.get(mine));
        paper.toldGone(mine, texts); // somebody deletes the Lease
        passes(3);
        write(other, "0", "1"); // the first has ended
        passes(12);
        paper.remade.put(mine, "lease-anew"); // its pod makes it as it was
        paper.leases.put(mine, texts);
        paper.changed(mine);
        passes(3);

        assertThat(paper.leases.get(mine).values()).noneMatch(text -> text.endsWith(" revoked"));
    }

    @Test
    void one_that_is_not_moot_ends_it_then() {
        String mine = claimsSecond();
        paper.refuse(429, "1");
        Map<String, String> texts = new LinkedHashMap<>(paper.leases.get(mine));
        paper.toldGone(mine, texts);
        passes(15);
        paper.remade.put(mine, "lease-anew");
        paper.leases.put(mine, texts);
        paper.changed(mine);
        passes(3);

        assertThat(paper.leases.get(mine).values()).anyMatch(text -> text.endsWith(" revoked"));
    }
}
