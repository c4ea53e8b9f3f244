package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

/** A server that has just started refuses until it has loaded the roles: who waits is not failed by that. */
class LastingRefusalTest {

    private static final Duration STEP = Duration.ofMillis(100);
    private static final String POD = LedgerNames.lease("pod");

    private final PaperCluster paper = new PaperCluster();

    @Test
    void who_waits_outlives_a_refusal_of_lists_and_watches_that_passes() {
        paper.pod("pod", "1 s1 60000 - -");
        paper.start();
        passes(Duration.ofSeconds(2));
        Call waiter = paper.waiter();

        refuseViews();
        passes(LastingRefusal.PASSING.minusSeconds(1));
        assertThat(waiter.isSettled()).isFalse();
        paper.views = 200;
        passes(Duration.ofSeconds(30)); // the watches' back-off, too
        assertThat(waiter.isSettled()).isFalse();
        paper.leases.get(POD).put("0", "2");
        paper.changed(POD);
        paper.clock.advance(STEP);
        paper.applyAll();

        assertThat(paper.held("pod")).hasSize(1);
    }

    @Test
    void one_that_lasts_fails_who_waits() {
        paper.pod("pod", "1 s1 60000 - -");
        paper.start();
        Call waiter = paper.waiter();

        refuseViews();
        passes(LastingRefusal.PASSING.plusSeconds(6));

        assertThat(waiter.isSettled()).isTrue();
    }

    @Test
    void a_watch_that_has_not_worked_for_a_while_is_told_of_at_once() {
        paper.pod("pod", "1 s1 60000 - -");
        paper.pools.view().start();
        passes(Duration.ofSeconds(1));
        Call waiter = paper.waiter();
        paper.views = 403;
        paper.watchesEnd();
        paper.clock.advance(STEP);
        paper.views = 200;
        passes(Duration.ofSeconds(1));

        assertThat(waiter.isSettled()).isTrue();
    }

    @Test
    void before_anything_was_listed_a_refusal_is_told_at_once() {
        paper.views = 403;
        paper.pools.view().start();
        Call call = paper.waiter();
        passes(Duration.ofSeconds(2));

        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void a_proof_that_is_refused_once_fails_nobody_who_waits() {
        paper.pod("pod", "1 s1 60000 - -");
        paper.start();
        Call waiter = paper.waiter();
        Call hasty = paper.place();
        passes(Duration.ofMillis(300));
        paper.refuse(403, "");
        paper.clock.advance(STEP);
        assertThat(waiter.isSettled()).isFalse();
        assertThat(hasty.isSettled()).isFalse();
    }

    @Test
    void a_claim_that_is_refused_for_a_moment_lands() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.place();
        paper.apply();
        Call call = paper.place();
        paper.refuseRight();
        for (int i = 0; i < 20 && paper.patches.isEmpty(); i++) {
            paper.clock.advance(STEP);
        }
        paper.applyAll();

        assertThat(call.isSettled()).isTrue();
        assertThat(paper.held("pod")).hasSize(2);
    }

    @Test
    void a_claim_that_is_refused_for_long_fails() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.place();
        paper.apply();
        Call call = paper.place();
        for (int i = 0; i < 60 && !call.isSettled(); i++) {
            while (!paper.patches.isEmpty()) {
                paper.refuseRight();
            }
            paper.clock.advance(STEP);
        }

        assertThat(call.isSettled()).isTrue();
    }

    @Test
    void an_allocator_whose_first_claim_is_refused_says_so_at_once() {
        paper.pod("pod", "0", "0");
        paper.start();
        Call call = paper.place();
        paper.refuseRight();

        assertThat(call.isSettled()).isTrue();
    }

    /** Its slot would be held for as long as its claim lasts. */
    @Test
    void a_claim_that_nobody_took_is_given_back_though_that_is_refused_for_a_moment() {
        paper.pod("pod", "0");
        paper.start();
        Call gone = paper.place();
        gone.fail(new CancellationException());
        paper.apply();
        paper.clock.advance(STEP);
        paper.refuseRight();
        for (int i = 0; i < 50; i++) {
            paper.clock.advance(STEP);
            paper.applyAll();
        }

        assertThat(paper.held("pod")).isEmpty();
    }

    /** A server that was killed with the claim under way, and has just started. */
    @Test
    void what_became_of_a_claim_without_an_answer_is_found_out_though_its_look_is_refused_for_a_moment() {
        paper.pod("pod", "0", "0", "0");
        paper.start();
        paper.place();
        paper.apply();
        for (int restart = 0; restart < 2; restart++) {
            Call call = paper.place();
            paper.leaseReadsRefused = true;
            paper.refuse(504, "");
            passes(Duration.ofSeconds(1));
            assertThat(call.isSettled()).isFalse();
            paper.leaseReadsRefused = false;
            for (int i = 0; i < 60; i++) {
                paper.clock.advance(STEP);
                paper.applyAll();
            }
            assertThat(Outcomes.of(call)).isCompleted();
        }

        assertThat(paper.held("pod")).hasSize(3);
    }

    @Test
    void a_claim_that_failed_its_test_goes_on_though_the_look_after_it_is_refused_for_a_moment() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.place();
        paper.apply();
        Call call = paper.place();
        paper.leaseReadsRefused = true;
        paper.refuse(422, "");
        for (int i = 0; i < 30; i++) {
            paper.clock.advance(STEP);
            paper.applyAll();
        }

        assertThat(Outcomes.of(call)).isCompleted();
    }

    /** Or one would hold a writer for ever, though all others are written. */
    @Test
    void a_look_that_is_refused_for_long_ends_its_claims_also_while_others_are_written() {
        paper.pod("pod", "0", "0");
        paper.pod("other", free(200));
        paper.start();
        paper.place();
        paper.apply();
        paper.leaseReadsRefused = true;
        Call call = paper.place();
        paper.refuse(504, "");
        for (int i = 0; i < 120; i++) {
            paper.clock.advance(STEP);
            paper.place();
            paper.applyAll();
        }

        assertThat(Outcomes.of(call)).isCompletedExceptionally();
    }

    private static String[] free(int slots) {
        String[] texts = new String[slots];
        Arrays.fill(texts, "0");
        return texts;
    }

    private void refuseViews() {
        paper.views = 403;
        paper.watchesEnd();
    }

    private void passes(Duration time) {
        for (Duration left = time; !left.isZero(); left = left.minus(STEP)) {
            paper.clock.advance(STEP);
        }
    }

    /** It was over long ago, though no look has succeeded since: none was needed. */
    @Test
    void a_look_that_was_refused_an_hour_ago_is_no_part_of_one_that_is_now() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.place();
        paper.applyAll();
        for (int incident = 0; incident < 2; incident++) {
            paper.leases.get(LedgerNames.lease("pod")).put("1", "" + incident);
            paper.changed(LedgerNames.lease("pod"));
            Call call = paper.waiter();
            paper.leaseReadsRefused = true;
            paper.refuse(422, "");
            paper.clock.advance(Duration.ofMillis(20));
            paper.leaseReadsRefused = false;
            for (int i = 0; i < 100; i++) {
                paper.applyAll();
                paper.clock.advance(Duration.ofMillis(20));
            }
            assertThat(Outcomes.of(call)).isCompleted();
            paper.clock.advance(Duration.ofHours(1));
            paper.applyAll();
        }
    }
}
