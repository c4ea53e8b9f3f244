package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many calls, or many pods, beside Leases that take no claims. */
class ManyRefusalsTest {

    private static final Duration STEP = Duration.ofMillis(100);
    private static final Duration FORBIDDEN = Duration.ofMinutes(5);
    /** As a slot's text has it. */
    private static final String POISON_TTL = " " + FORBIDDEN.toMillis() + " ";

    private PaperCluster paper = new PaperCluster();
    /** The Leases that take no claims. */
    private final Set<String> refusing = new HashSet<>();

    private int refused;
    /** Leases that were told that somebody waits. */
    private final List<String> told = new ArrayList<>();

    private void answer() {
        for (int sent = paper.patches.size(); sent > 0; sent--) {
            PaperCluster.Patch patch = paper.patches.element();
            String body = patch.ask().body();
            if (body.contains(LedgerNames.ROOM_NOWHERE)) {
                told.add(patch.lease());
            }
            if (refusing.contains(patch.lease()) || body.contains("poison") || body.contains(POISON_TTL)) {
                refused++;
                paper.refuse(403, "");
            } else {
                paper.apply();
            }
        }
    }

    private void passes(Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(STEP)) {
            paper.clock.advance(STEP);
            while (!paper.patches.isEmpty()) {
                answer();
            }
        }
    }

    private void refuses(String pod, int slots) {
        paper.pod(pod, free(slots));
        refusing.add(LedgerNames.lease(pod));
    }

    private static String[] free(int slots) {
        String[] texts = new String[slots];
        Arrays.fill(texts, "0");
        return texts;
    }

    private void end(String pod, int slot) {
        String lease = LedgerNames.lease(pod);
        long uses = LedgerSlot.version(paper.leases.get(lease).get("" + slot)) / 2;
        paper.leases.get(lease).put("" + slot, "" + (uses + 1));
        paper.changed(lease);
    }

    private static boolean isServed(Call call) {
        return call.isSettled() && !Outcomes.of(call).isCompletedExceptionally();
    }

    /** As many as end a call: the next ones meet them last. */
    @Test
    void pods_that_refuse_take_no_more_than_the_first_call_down() {
        for (int i = 0; i < 16; i++) {
            refuses("bad-" + i, 5);
        }
        for (int i = 0; i < 20; i++) {
            paper.pod("good-" + i, free(10));
        }
        paper.start();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String match = "match-" + i;
            calls.add(paper.place(request -> request.annotation("match", match)));
            passes(Duration.ofSeconds(3));
        }

        assertThat(calls.stream().filter(call -> !isServed(call))).hasSizeLessThanOrEqualTo(1);
        assertThat(refused).isLessThan(200);
    }

    /** By which nobody can tell the request's fault from the pod's. */
    @Test
    void nor_does_one_that_refuses_what_all_bring_with_them_get_more_than_a_few_tries() {
        refuses("bad", 50);
        paper.pod("good", free(100));
        paper.start();
        for (int i = 0; i < 80; i++) {
            Call call = paper.place(request -> request.annotation("mode", "ranked"));
            passes(Duration.ofSeconds(1));
            assertThat(isServed(call)).isTrue();
        }
        assertThat(refused).isBetween(1, 5);
    }

    /** Each write takes six milliseconds. */
    @ParameterizedTest
    @ValueSource(strings = {"", "ranked"})
    void callers_who_come_together_are_not_held_up_by_refusals_one_after_the_other(String mode) {
        refuses("bad", 500);
        paper.pod("good", free(1_000));
        paper.start();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            calls.add(paper.place(request -> mode.isEmpty() ? request : request.annotation("mode", mode)));
        }
        for (int millis = 0; millis < 300; millis += 6) {
            answer();
            paper.clock.advance(Duration.ofMillis(6));
        }

        assertThat(calls).allMatch(ManyRefusalsTest::isServed);
        assertThat(refused).isBetween(1, 20);
    }

    /**
     * Those who were refused long ago, and are served by others now, tell nothing of it; and those who came with them
     * have not been refused.
     */
    @Test
    void a_pod_that_was_mended_is_tried_whoever_has_waited_since() {
        paper.pod("good", free(4));
        paper.start();
        for (int i = 0; i < 4; i++) {
            paper.place();
            passes(STEP);
        }
        refuses("bad", 20);
        List<Call> waiters = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            waiters.add(paper.waiter());
            answer();
            paper.clock.advance(Duration.ofMillis(1));
            answer();
        }
        refusing.clear();
        int resting = 0;
        for (int i = 0; i < 285; i++) {
            end("good", i % 4);
            passes(STEP);
            resting += paper.pool.status(Optional.empty()).readyPods().orElse(0) == 1 ? 1 : 0;
        }

        assertThat(resting).isLessThan(30);
        assertThat(paper.held("bad")).hasSize(20);
        assertThat(waiters).allMatch(ManyRefusalsTest::isServed);
    }

    /** However long the mended pod was known to refuse; and some requests go on being refused by all. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5, 10})
    void a_pod_that_was_mended_takes_sessions_again_beside_requests_that_no_lease_takes(int poisoned) {
        Random random = new Random(poisoned);
        paper.pod("good", free(10));
        refuses("bad", 300);
        paper.start();
        List<Call> sound = new ArrayList<>();
        for (int second = 0; second < 160; second++) {
            if (second == 60) {
                assertThat(paper.held("bad")).isEmpty();
                refusing.clear();
            }
            for (int i = 0; i < 5; i++) {
                if (random.nextInt(100) < poisoned) {
                    paper.waiter(request -> request.annotation("mode", "poison"));
                } else if (sound.size() < 300) {
                    sound.add(paper.waiter());
                }
            }
            passes(Duration.ofSeconds(1));
        }

        assertThat(sound).hasSize(300).filteredOn(ManyRefusalsTest::isServed).hasSizeGreaterThan(290);
    }

    /** Whoever asks whether the pool is full asks one of the Leases, and one that refuses tells nothing of rights. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 10, 15})
    void who_waits_is_not_told_what_others_proofs_were(int pods) {
        paper.pod("good", free(2));
        paper.start();
        for (int i = 0; i < 2; i++) {
            paper.place();
            passes(STEP);
        }
        for (int i = 0; i < pods; i++) {
            refuses("bad-" + i, 3);
        }
        Call waiter = paper.waiter();
        for (int i = 0; i < 600; i++) {
            paper.place();
            passes(STEP);
        }
        assertThat(waiter.isSettled()).isFalse();

        end("good", 0);
        passes(STEP);
        assertThat(isServed(waiter)).isTrue();
    }

    /** It has refused nobody. */
    @Test
    void who_waits_for_a_pod_that_is_not_ready_for_a_moment_is_served_by_it() {
        paper.pod("good", free(4));
        paper.start();
        paper.address("good", null);
        refuses("bad", 4);
        passes(STEP);
        Call waiter = paper.waiter();
        passes(Duration.ofSeconds(1));
        assertThat(refused).isEqualTo(1);
        assertThat(waiter.isSettled()).isFalse();

        paper.address("good", "192.0.2.1");
        passes(STEP);
        assertThat(isServed(waiter)).isTrue();
    }

    /** Which no Lease takes: it fails alone, however many come, and no pod is called misconfigured for it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20})
    void requests_that_no_lease_takes_take_nobody_down_who_comes_with_them(int pods) {
        Random random = new Random(pods);
        for (int i = 0; i < pods; i++) {
            paper.pod("pod-" + i, free(1_000));
        }
        paper.start();
        List<Call> sound = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 40; i++) {
                if (random.nextInt(10) == 0) {
                    paper.place(request -> request.annotation("mode", "poison"));
                } else {
                    sound.add(paper.place());
                }
            }
            for (int i = 0; i < 100; i++) {
                answer();
                paper.clock.advance(Duration.ofMillis(6));
            }
            assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(pods);
        }
        passes(Duration.ofSeconds(10));

        assertThat(sound).allMatch(ManyRefusalsTest::isServed);
    }

    /** As a policy of the whole namespace does, while one pod starts. */
    @Test
    void where_all_refuse_who_does_not_wait_is_told_at_once() {
        refuses("bad-0", 4);
        refuses("bad-1", 4);
        refuses("starting", 4);
        paper.start();
        paper.address("starting", null);
        passes(STEP);
        Call call = paper.place();
        for (int i = 0; i < 10; i++) {
            paper.clock.advance(Duration.ofMillis(1));
            answer();
        }

        assertThat(call.isSettled()).isTrue();
        assertThat(Outcomes.of(call)).isCompletedExceptionally();
    }

    /** A webhook that fails for a moment as a pod comes: those who came first are not kept from it for long. */
    @Test
    void a_moment_of_refusals_keeps_few_from_a_new_pod() {
        paper.pod("good", free(1));
        paper.start();
        paper.place();
        passes(STEP);
        List<Call> waiters = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            waiters.add(paper.waiter());
        }
        paper.clock.advance(Duration.ofMillis(1));
        refuses("new", 100);
        for (int millis = 0; millis < 24; millis += 6) {
            answer();
            paper.clock.advance(Duration.ofMillis(6));
        }
        refusing.clear();
        passes(Duration.ofMinutes(3));

        assertThat(waiters.subList(0, 110).stream().filter(ManyRefusalsTest::isServed))
                .hasSizeGreaterThan(90);
    }

    /** Which no claim differs in: one write tells it. */
    @Test
    void an_account_without_the_right_is_told_so_by_one_write() {
        paper.pod("one", free(900));
        paper.start();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 800; i++) {
            calls.add(paper.place());
        }
        int writes = 0;
        for (int millis = 0; millis < 300; millis += 6) {
            for (int sent = paper.patches.size(); sent > 0; sent--) {
                writes++;
                paper.refuseRight();
            }
            paper.clock.advance(Duration.ofMillis(6));
        }

        assertThat(calls).allMatch(Call::isSettled);
        assertThat(writes).isLessThan(20);
    }

    /** It says nothing of a pod, and changes nothing for whoever comes then. */
    @Test
    void a_request_that_all_refuse_ranks_no_pod() {
        paper = new PaperCluster(Placement.SPREAD);
        for (int i = 0; i < 4; i++) {
            paper.pod("pod-" + i, free(4));
        }
        paper.start();
        paper.place(request -> request.annotation("mode", "poison"));
        passes(STEP);
        for (int i = 0; i < 8; i++) {
            paper.place();
            passes(STEP);
        }

        assertThat(refused).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(paper.held("pod-" + i)).hasSize(2);
        }
    }

    /** Those that refuse can't prove it. */
    @Test
    void who_does_not_wait_beside_a_full_pod_is_told_at_once() {
        paper.pod("good", free(2));
        for (int i = 0; i < 10; i++) {
            refuses("bad-" + i, 3);
        }
        paper.start();
        for (int i = 0; i < 2; i++) {
            paper.place();
            passes(STEP);
        }
        assertThat(paper.held("good")).hasSize(2);
        for (int i = 0; i < 30; i++) {
            Call call = paper.place();
            passes(Duration.ofSeconds(1));
            assertThat(call.isSettled()).isTrue();
        }
    }

    /** A Lease that takes no change, and was never asked before since it is full. */
    @Test
    void nor_is_the_one_lease_asked_for_ever_that_takes_no_proof() {
        refuses("full", 0);
        paper.pod("b", free(1));
        paper.pod("c", free(1));
        paper.start();
        paper.place(request -> request.annotation("mode", "poison"));
        passes(STEP);
        for (String pod : List.of("b", "c")) {
            paper.leases.get(LedgerNames.lease(pod)).put("0", "0 theirs-" + pod + " 1800000 - -");
            paper.changed(LedgerNames.lease(pod));
        }
        for (int i = 0; i < 10; i++) {
            Call call = paper.place();
            passes(Duration.ofSeconds(2));
            assertThat(call.isSettled()).isTrue();
        }
    }

    /** A pod that has met a moment's refusals, and is not the fullest, has no sound claim for long. */
    @ParameterizedTest
    @CsvSource({"false, 0", "false, 1", "true, 0", "true, 1"})
    void requests_that_no_lease_takes_keep_no_pod_out_that_refused_for_a_moment(boolean isOfTtl, int full) {
        for (int i = 0; i < 2; i++) {
            paper.pod("pod-" + i, free(50));
            refusing.add(LedgerNames.lease("pod-" + i));
        }
        for (int i = 0; i < full; i++) {
            paper.pod("full-" + i, "0 held 60000 - -");
        }
        paper.start();
        for (int i = 0; i < 5; i++) {
            paper.place();
            passes(STEP);
        }
        refusing.clear();
        passes(Duration.ofMinutes(1).plusSeconds(5));
        for (int second = 0; second < 300; second++) {
            paper.place(request -> isOfTtl ? request.claimTtl(FORBIDDEN) : request.annotation("mode", "poison"));
            passes(STEP);
            assertThat(paper.pool.status(Optional.empty()).readyPods()).hasValue(2 + full);
            passes(Duration.ofSeconds(1));
            if (second % 10 == 0) {
                Call call = paper.place();
                passes(STEP);
                assertThat(isServed(call)).isTrue();
                end("pod-0", 0);
            }
        }
    }

    /** Whoever comes first. */
    @Test
    void urgent_ones_keep_no_pod_out_that_was_mended() {
        paper.pod("good", free(1));
        refuses("bad", 50);
        paper.start();
        List<Call> waiters = new ArrayList<>();
        for (int second = 0; second < 300; second++) {
            if (second == 30) {
                refusing.clear();
            }
            if (second % 10 == 0) {
                paper.waiter(request -> request.annotation("mode", "poison").priority(5));
            }
            if (waiters.size() < 40) {
                waiters.add(paper.waiter());
            }
            passes(Duration.ofSeconds(1));
        }

        assertThat(paper.held("bad")).hasSizeGreaterThan(30);
    }

    /** By which nobody can tell whose fault it is: but one write each would be too many. */
    @Test
    void of_a_pod_that_is_known_to_refuse_whatever_it_is_few_are_tried() {
        paper.pod("good", free(1));
        refuses("bad", 500);
        paper.start();
        for (int i = 0; i < 3; i++) {
            paper.place();
            passes(STEP);
        }
        for (int i = 0; i < 600; i++) {
            paper.place(request -> request.annotation("mode", "ranked"));
            passes(STEP);
        }
        assertThat(refused).isBetween(17, 150);
    }

    /** Each of which might have to be tried for each. */
    @Test
    void full_pods_that_take_no_proof_are_not_tried_for_each_who_does_not_wait() {
        paper.pod("good", free(0));
        for (int i = 0; i < 10; i++) {
            refuses("bad-" + i, 0);
        }
        paper.start();
        Call first = paper.place();
        passes(Duration.ofSeconds(30));
        assertThat(first.isSettled()).isTrue();
        for (int i = 0; i < 10; i++) {
            Call call = paper.place();
            passes(Duration.ofSeconds(1));
            assertThat(call.isSettled()).isTrue();
            passes(Duration.ofSeconds(3));
        }
    }

    /** Each has its pause, were it the server that is in trouble. */
    @Test
    void of_full_pods_that_take_no_proof_one_that_does_is_found_at_once_and_remembered() {
        paper.pod("good", free(0));
        for (int i = 0; i < 100; i++) {
            refuses("bad-" + i, 0);
        }
        paper.start();
        Call first = paper.place();
        passes(Duration.ofSeconds(2));
        assertThat(first.isSettled()).isTrue();
        int inSearch = refused;
        for (int i = 0; i < 10; i++) {
            Call call = paper.place();
            passes(Duration.ofSeconds(1));
            assertThat(call.isSettled()).isTrue();
            passes(Duration.ofSeconds(3));
        }
        assertThat(refused).isEqualTo(inSearch).isLessThanOrEqualTo(100);
    }

    /** Where the server refuses all, that is not asked of it once for each pod. */
    @Test
    void where_none_takes_a_proof_few_are_tried() {
        for (int i = 0; i < 100; i++) {
            refuses("bad-" + i, 0);
        }
        paper.start();
        paper.place();
        passes(Duration.ofSeconds(10));
        assertThat(refused).isBetween(50, 400);
    }

    @Test
    void full_pods_that_can_not_be_told_that_somebody_waits_are_told_once() {
        for (int i = 0; i < 5; i++) {
            refuses("bad-" + i, 0);
            String lease = LedgerNames.lease("bad-" + i);
            paper.leases.get(lease).put("0", "0 held 60000 - -");
            paper.leases.get(lease).put(LedgerNames.ROOM, LedgerNames.ROOM_ELSEWHERE);
            paper.changed(lease);
        }
        paper.start();
        for (int i = 0; i < 100; i++) {
            paper.place();
            passes(STEP);
        }
        assertThat(told).doesNotHaveDuplicates().hasSize(5);
    }
}
