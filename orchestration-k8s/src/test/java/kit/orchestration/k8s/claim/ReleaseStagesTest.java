package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.engine.Call;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases of sessions that are not seen, or whose Lease or server is away; nothing here takes time. */
class ReleaseStagesTest {

    private static final Duration SECOND = Duration.ofMillis(1_001);
    private static final String POD = LedgerNames.lease("pod");
    private static final Held CLAIM = claim("s-1");

    private final PaperCluster paper = new PaperCluster();

    private static Held claim(String session) {
        return new LedgerSlot.Free(0).hold(session, Duration.ofMinutes(1), null, Map.of());
    }

    private void passes(int seconds) {
        for (int i = 0; i < seconds; i++) {
            paper.clock.advance(SECOND);
            paper.applyAll();
        }
    }

    /** A dead watch is found when it should have ended. */
    @Test
    void a_release_before_its_session_was_seen_is_remembered_for_as_long_as_a_watch_may_be_dead() {
        paper.pod("pod", "0");
        paper.start();
        paper.silent = true;
        paper.leases.get(POD).put("0", CLAIM.format());
        paper.changed(POD);
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(done).isCompleted();

        passes(45);
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    /** What is known of sessions does not depend on whether the server takes writes. */
    @Test
    void a_release_of_what_has_ended_does_nothing_also_while_the_server_is_in_trouble() {
        paper.pod("pod", "0");
        paper.start();
        paper.reach.ended(Duration.ZERO, ApiException.answered("x", new Transport.Answer(429, "", "10")));
        CompletableFuture<Void> done = paper.pool.release("nobody").toCompletableFuture();
        passes(1);
        assertThat(done).isCompleted();
    }

    /** Its pod makes it anew, with the session in it. */
    @Test
    void a_release_while_the_Lease_is_gone_is_made_up_for_when_it_is_back() {
        paper.pod("pod", CLAIM.format());
        paper.start();
        Map<String, String> texts = paper.leases.remove(POD);
        paper.place();
        passes(2); // somebody finds out that it is gone, and the watch has not told
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        passes(1);
        assertThat(done).isCompleted();

        paper.toldGone(POD, texts);
        paper.leases.put(POD, texts);
        paper.changed(POD);
        passes(2);
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    @Test
    void a_release_does_not_wait_longer_for_the_server_than_its_caller_does() {
        paper.pod("pod", CLAIM.format());
        paper.start();
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        paper.refuse(429, "30");
        paper.clock.advance(SECOND);
        assertThat(done)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(ApiException.class)
                .withMessageContaining("429");
    }

    /** That may take longer than the release may. */
    @Test
    void while_something_of_its_pod_is_tried_again_later_a_release_is_written_at_once_and_takes_that_along() {
        paper.pod("pod", "0", CLAIM.format());
        paper.start();
        Call gone = paper.place();
        gone.fail(new CancellationException());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(paper.patches).as("the claim that nobody took goes back").hasSize(1);
        paper.refuse(429, "30");
        paper.clock.advance(SECOND);
        assertThat(paper.patches).isEmpty();

        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        paper.applyAll();
        assertThat(done).isCompleted();
        assertThat(paper.leases.get(POD))
                .containsEntry("0", "1")
                .containsEntry("1", CLAIM.revoke().format());
    }

    /** That has none of the time which its caller still has. */
    @Test
    void nor_does_it_wait_where_it_came_while_that_was_being_refused() {
        paper.pod("pod", "0", CLAIM.format());
        paper.start();
        paper.place().fail(new CancellationException());
        paper.apply();
        paper.clock.advance(Duration.ofMillis(1));
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        paper.refuse(429, "30");
        paper.clock.advance(Duration.ofMillis(1));
        paper.applyAll();
        assertThat(done).isCompleted();
    }

    /** Or a server that asks to be left alone would be asked by each. */
    @Test
    void but_of_all_that_come_meanwhile_one_is_tried_and_the_others_are_told_why_not() {
        paper.pod("pod", CLAIM.format(), claim("s-2").format(), claim("s-3").format());
        paper.start();
        paper.pool.release("s-1");
        paper.clock.advance(Duration.ofMillis(1));
        paper.refuse(429, "1");
        paper.pool.release("s-2");
        paper.clock.advance(Duration.ofMillis(1));
        paper.refuse(429, "30");
        for (int i = 0; i < 10; i++) {
            CompletableFuture<Void> done = paper.pool.release("s-3").toCompletableFuture();
            paper.clock.advance(Duration.ofMillis(100));
            assertThat(paper.patches).isEmpty();
            assertThat(done).failsWithin(Duration.ZERO).withThrowableThat().withMessageContaining("429");
        }
        paper.clock.advance(Duration.ofSeconds(46));
        CompletableFuture<Void> later = paper.pool.release("s-3").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        paper.applyAll();
        assertThat(later).isCompleted();
    }

    /** As of a matchmaker that releases each session, those that have ended too. */
    @Test
    void of_very_many_that_are_not_seen_the_latest_are_remembered() {
        paper.pod("pod", "0");
        paper.start();
        for (int i = 0; i < 10_000; i++) {
            paper.pool.release("ended-" + i);
        }
        paper.pool.release("s-1");
        paper.clock.advance(Duration.ofMillis(1));
        paper.leases.get(POD).put("0", CLAIM.format());
        paper.changed(POD);
        passes(1);
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    /** A matchmaker that ends all it has does not ask the server for all of it at once. */
    @Test
    void of_releases_on_many_pods_some_are_under_way_and_the_others_wait() {
        for (int i = 0; i < 100; i++) {
            paper.pod("pod-" + i, claim("s-" + i).format());
        }
        paper.start();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            done.add(paper.pool.release("s-" + i).toCompletableFuture());
        }
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(paper.patches).hasSize(32);
        passes(4);
        assertThat(done).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        for (int i = 0; i < 100; i++) {
            assertThat(paper.leases.get(LedgerNames.lease("pod-" + i)))
                    .containsEntry("0", claim("s-" + i).revoke().format());
        }
    }

    /** A patch that tests a slot's text again, after it has changed it, is none that the server takes. */
    @Test
    void releases_of_one_session_that_come_together_are_written_once() {
        paper.pod(
                "pod",
                claim("s-1").format(),
                claim("s-2").format(),
                claim("s-3").format());
        paper.start();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (String session : List.of("s-1", "s-2", "s-2", "s-3")) {
            done.add(paper.pool.release(session).toCompletableFuture());
        }
        paper.clock.advance(Duration.ofMillis(1));
        paper.apply(); // the first; the others have come meanwhile
        assertThat(paper.patches).hasSize(1);
        paper.apply();

        assertThat(done).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(paper.leases.get(POD))
                .containsEntry("1", claim("s-2").revoke().format())
                .containsEntry("2", claim("s-3").revoke().format());
    }

    @Test
    void each_release_of_what_was_not_seen_is_remembered_for_as_long() {
        paper.pod("pod", "0");
        paper.start();
        paper.pool.release("s-1");
        passes(40);
        paper.pool.release("s-1");
        passes(10);
        paper.leases.get(POD).put("0", CLAIM.format());
        paper.changed(POD);
        passes(1);
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    /** The watch of pods has not told of it. */
    @ParameterizedTest
    @ValueSource(strings = {"Failed", "Succeeded"})
    void a_retry_of_a_session_whose_pod_has_ended_gets_another(String phase) {
        paper.pod("pod", "0");
        paper.start();
        paper.place(request -> request.requestId("match"));
        paper.applyAll();
        paper.pod("other", "0");
        paper.podsFallSilent();
        paper.ends("pod", phase);
        paper.pools.view().suspectLeases();
        paper.clock.advance(Duration.ofMillis(1));
        Call retry = paper.place(request -> request.requestId("match"));
        passes(2);
        assertThat(retry.isSettled()).isTrue();
        assertThat(paper.held("other")).hasSize(1);
    }

    /** Its watch tells nothing, so a list is asked for. */
    @Test
    void a_retry_in_a_storage_that_was_set_back_is_answered() {
        paper.pod("pod", "0");
        paper.start();
        paper.place(request -> request.requestId("match"));
        paper.applyAll();
        assertThat(paper.held("pod")).hasSize(1);
        paper.setBack(300);
        paper.silent = true;
        Call retry = paper.place(request -> request.requestId("match"));
        passes(4);
        assertThat(retry.isSettled()).isTrue();
    }

    /** Its pod reads no marks. */
    @Test
    void on_a_pod_without_the_SDK_that_the_watch_has_not_told_of_a_release_frees_the_slot() {
        paper.manifest.put(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE);
        CompletableFuture<Void> done = releaseOnUnseenPod(200);
        paper.applyAll();
        assertThat(done).isCompleted();
        assertThat(paper.leases.get(POD)).containsEntry("0", "1");
    }

    /** There nobody else ends a claim. */
    @Test
    void a_claim_that_nobody_took_there_is_given_back_however_long_the_server_takes_no_writes() {
        paper.manifest.put(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE);
        paper.manifest.put(LedgerNames.CAPACITY_ANNOTATION, "1");
        paper.pod("pod", "0");
        paper.start();
        Call gone = paper.place();
        gone.fail(new CancellationException());
        paper.apply();
        for (int i = 0; i < 300; i++) {
            paper.clock.advance(SECOND);
            while (!paper.patches.isEmpty()) {
                paper.refuse(429, "");
            }
        }
        assertThat(paper.held("pod")).hasSize(1);
        passes(5);

        assertThat(paper.held("pod")).isEmpty();
    }

    @Test
    void and_asks_again_what_the_pod_is_for_as_long_as_a_release_may_take() {
        paper.manifest.put(LedgerNames.SDK_ANNOTATION, LedgerNames.SDK_NONE);
        CompletableFuture<Void> done = releaseOnUnseenPod(503);
        assertThat(done).isNotDone();
        paper.podReads = 200;
        paper.clock.advance(Duration.ofMillis(300));
        paper.applyAll();
        assertThat(done).isCompleted();
        assertThat(paper.leases.get(POD)).containsEntry("0", "1");
    }

    @Test
    void and_fails_if_nobody_can_say_what_the_pod_is() {
        CompletableFuture<Void> done = releaseOnUnseenPod(403);
        assertThat(done)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(ApiException.class);
        assertThat(paper.patches).isEmpty();
    }

    /** Of which the watch of pods does not tell; reads of pods are answered so. */
    private CompletableFuture<Void> releaseOnUnseenPod(int podReads) {
        paper.start();
        paper.podsFallSilent();
        paper.podReads = podReads;
        paper.pod("pod", CLAIM.format());
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        return done;
    }

    /** Nobody asks again for what was told as done. */
    @Test
    void what_was_released_before_it_was_seen_is_ended_though_the_server_asks_to_be_left_alone() {
        paper.pod("pod", "0");
        paper.start();
        paper.pool.release("s-1");
        paper.clock.advance(Duration.ofMillis(1));
        paper.leases.get(POD).put("0", CLAIM.format());
        paper.changed(POD);
        paper.clock.advance(Duration.ofMillis(1));
        paper.refuse(429, "10");
        passes(16);
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    /** As by {@code kubectl replace --force}; what was read is of the new one, and that was told before. */
    @Test
    void a_release_goes_on_in_a_Lease_that_was_made_anew_while_the_old_one_was_read() {
        paper.pod("pod", CLAIM.format());
        paper.start();
        CompletableFuture<Void> done = paper.pool.release("s-1").toCompletableFuture();
        paper.clock.advance(Duration.ofMillis(1));
        paper.leaseReadsHang = true;
        paper.refuse(503, "");
        paper.clock.advance(SECOND); // it looks again
        isMadeAnew();
        paper.answerReads();
        passes(1);
        assertThat(done).isCompleted();
        assertThat(paper.leases.get(POD)).containsEntry("0", CLAIM.revoke().format());
    }

    @Test
    void a_retry_finds_its_session_in_a_Lease_that_was_made_anew_while_the_old_one_was_read() {
        paper.pod("pod", "0", "0");
        paper.start();
        paper.place(request -> request.requestId("match"));
        paper.applyAll();
        List<String> first = paper.held("pod");
        paper.leaseReadsHang = true;
        Call retry = paper.place(request -> request.requestId("match"));
        paper.clock.advance(Duration.ofMillis(1)); // it looks whether it lives
        isMadeAnew();
        paper.answerReads();
        passes(1);
        assertThat(retry.isSettled()).isTrue();
        assertThat(paper.held("pod")).isEqualTo(first);
    }

    private void isMadeAnew() {
        Map<String, String> texts = paper.leases.get(POD);
        paper.toldGone(POD, texts);
        paper.remade.put(POD, "another");
        paper.leases.put(POD, texts);
        paper.changed(POD);
    }
}
