package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pod whose Lease takes no claims, by a policy or since it was made invalid, takes nobody down with it. */
class RefusingPodsTest {

    private static final Duration STEP = Duration.ofMillis(100);

    private static final String FAULT = "claims on its lease are refused: ";

    private final PaperCluster paper = new PaperCluster();
    /** The pods whose Leases take no claims. */
    private final Set<String> refusing = new HashSet<>();
    /** How often they were asked. */
    private int refused;

    private void answer() {
        answer(patch -> refusing.contains(patch.lease()));
    }

    private void answer(Predicate<PaperCluster.Patch> isRefused) {
        while (!paper.patches.isEmpty()) {
            if (isRefused.test(paper.patches.element())) {
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
            answer();
        }
    }

    private void refuses(String pod) {
        refusing.add(LedgerNames.lease(pod));
    }

    /** One that refuses, and is the fullest, so that each call goes there first; and one of so many slots. */
    private void twoPods(int slotsOfTheOther) {
        twoPods(1, slotsOfTheOther);
    }

    private void twoPods(int slotsOfIt, int slotsOfTheOther) {
        paper.pod("bad", free(slotsOfIt));
        paper.pod("good", free(slotsOfTheOther));
        refuses("bad");
        paper.start();
    }

    private static String[] free(int slots) {
        String[] texts = new String[slots];
        Arrays.fill(texts, "0");
        return texts;
    }

    private void fillTheOther(int slots) {
        for (int i = 0; i < slots; i++) {
            paper.place();
            passes(STEP);
        }
        assertThat(paper.held("good")).hasSize(slots);
    }

    @Test
    void calls_one_after_the_other_all_land_on_the_pod_beside_it() {
        twoPods(40);
        for (int i = 0; i < 40; i++) {
            Call call = paper.place();
            passes(STEP);
            assertThat(Outcomes.of(call)).isCompleted();
        }

        assertThat(paper.held("good")).hasSize(40);
        assertThat(refused).as("tries of the pod that refuses").isLessThan(6);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 404, 409, 429, 503})
    void nor_does_a_webhook_take_them_down_whatever_its_code(int code) {
        twoPods(9);
        Call call = paper.place();
        assertThat(paper.patches.element().lease()).isEqualTo(LedgerNames.lease("bad"));
        paper.deny(code);
        paper.clock.advance(Duration.ofMillis(1));
        answer();

        assertThat(Outcomes.of(call)).isCompleted();
    }

    /** As the API server puts what a webhook, or a policy, says; their words are their own. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "admission webhook \"a.example\" denied the request",
                "leases \"x\" is forbidden: ValidatingAdmissionPolicy 'a' with binding 'b' denied request"
            })
    void nor_if_it_speaks_as_if_a_right_were_lacking(String said) {
        twoPods(20, 20);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            calls.add(paper.place());
        }
        for (int i = 0; i < 1_000; i++) {
            while (!paper.patches.isEmpty()) {
                if (refusing.contains(paper.patches.element().lease())) {
                    paper.answerWith(Statuses.forbidden(said + ": is forbidden: User \"me\" cannot change it"));
                } else {
                    paper.apply();
                }
            }
            paper.clock.advance(Duration.ofMillis(1));
        }

        assertThat(calls).allSatisfy(call -> assertThat(Outcomes.of(call)).isCompleted());
    }

    @Test
    void calls_that_come_together_all_land_on_the_pod_beside_it() {
        twoPods(20, 20);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            calls.add(paper.place());
        }
        passes(Duration.ofSeconds(1));

        assertThat(calls).allSatisfy(call -> assertThat(Outcomes.of(call)).isCompleted());
        assertThat(refused).as("tries of the pod that refuses").isLessThan(6);
        for (int seconds = 1; seconds <= 2; seconds++) { // its pauses, however many have found out
            int before = refused;
            passes(Duration.ofSeconds(seconds));
            paper.place();
            passes(STEP);
            assertThat(refused).isGreaterThan(before);
        }
    }

    @Test
    void who_waits_goes_on_waiting_for_the_pod_beside_it_and_who_does_not_is_told_of_the_fault() {
        twoPods(2);
        fillTheOther(2);
        Call waiter = paper.waiter();
        Call hasty = paper.place();
        passes(Duration.ofMillis(400));

        assertThat(hasty.isSettled()).isTrue();
        assertThatThrownBy(() -> Outcomes.of(hasty).join())
                .hasCauseInstanceOf(NoCapacityException.class)
                .hasMessageContaining("pod bad: " + FAULT);
        DocumentedErrors.assertDocumented(FAULT);
        passes(Duration.ofMinutes(2));
        assertThat(waiter.isSettled()).isFalse();
        paper.leases.get(LedgerNames.lease("good")).put("0", "2");
        paper.changed(LedgerNames.lease("good"));
        passes(STEP);
        assertThat(Outcomes.of(waiter)).isCompleted();
    }

    /** Each pause is twice as long, up to half a minute. */
    @Test
    void it_is_tried_less_and_less_often() {
        twoPods(2);
        fillTheOther(2);
        for (int second = 0; second < 300; second++) {
            paper.waiter();
            passes(Duration.ofSeconds(1));
        }

        assertThat(refused).isBetween(10, 40);
    }

    /** Who was refused there waits for the other; nobody has found out yet whose fault it is. */
    @Test
    void who_waits_while_the_other_is_full_fails_no_more_than_who_comes_when_it_is_found_out() {
        twoPods(4, 4);
        for (int i = 0; i < 4; i++) {
            paper.leases.get(LedgerNames.lease("good")).put("" + i, "0 theirs-" + i + " 1800000 - -");
        }
        paper.changed(LedgerNames.lease("good"));
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            calls.add(paper.waiter());
            passes(STEP);
            String slot = "" + i % 4;
            long uses = LedgerSlot.version(
                            paper.leases.get(LedgerNames.lease("good")).get(slot))
                    / 2;
            paper.leases.get(LedgerNames.lease("good")).put(slot, "" + (uses + 1));
            paper.changed(LedgerNames.lease("good"));
            passes(STEP);
        }

        assertThat(calls).noneMatch(call -> Outcomes.of(call).isCompletedExceptionally());
        assertThat(refused).isBetween(1, 20);
    }

    @Test
    void it_takes_sessions_again_when_its_lease_does() {
        twoPods(2);
        fillTheOther(2);
        paper.waiter();
        passes(Duration.ofSeconds(5));
        refusing.clear();
        Call waiter = paper.waiter();
        passes(Duration.ofSeconds(10));
        assertThat(Outcomes.of(waiter)).isCompleted();

        refuses("bad");
        paper.leases.get(LedgerNames.lease("bad")).put("0", "2");
        paper.changed(LedgerNames.lease("bad"));
        Call call = paper.place();
        passes(Duration.ofSeconds(1));
        assertThat(call.isSettled()).isTrue();
        assertThatThrownBy(() -> Outcomes.of(call).join())
                .as("it is not known any more whose fault it is")
                .cause()
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.retryable())
                                .as("the other may take it")
                                .isTrue());
    }

    /** It is refused wherever it goes, and nobody else is to feel that. */
    @Test
    void a_request_that_no_lease_takes_fails_alone_and_takes_no_pod_down() {
        paper.pod("one", "0", "0");
        paper.pod("other", "0", "0");
        paper.start();
        for (int i = 0; i < 5; i++) {
            Call poisoned = paper.place(request -> request.annotation("mode", "poison"));
            answer(patch -> patch.ask().body().contains("poison"));
            paper.clock.advance(STEP);
            answer(patch -> patch.ask().body().contains("poison"));
            assertThatThrownBy(() -> Outcomes.of(poisoned).join())
                    .cause()
                    .isInstanceOfSatisfying(
                            BackendException.class,
                            error -> assertThat(error.retryable()).isFalse());
        }
        assertThat(refused).isEqualTo(10);
        for (int i = 0; i < 4; i++) {
            Call call = paper.place();
            answer();
            assertThat(Outcomes.of(call)).isCompleted();
        }
    }

    /** Whoever else waits there is served, though that one comes first each time. */
    @Test
    void a_request_that_no_lease_takes_does_not_keep_a_pod_out_that_was_mended() {
        twoPods(4, 5);
        paper.place();
        passes(STEP);
        refusing.clear();
        for (int i = 1; i < 5; i++) {
            paper.leases.get(LedgerNames.lease("good")).put("" + i, "0 theirs-" + i + " 1800000 - -");
        }
        paper.changed(LedgerNames.lease("good"));
        Call poisoned = paper.waiter(request -> request.annotation("mode", "poison"));
        List<Call> others = List.of(paper.waiter(), paper.waiter(), paper.waiter());
        for (int i = 0; i < 100; i++) {
            paper.clock.advance(STEP);
            answer(patch -> patch.ask().body().contains("poison"));
        }

        assertThat(others).allSatisfy(call -> assertThat(Outcomes.of(call)).isCompleted());
        assertThat(poisoned.isSettled()).isFalse(); // the other pod might take it
    }

    /** It may be what that one request brings with it, which this pod alone does not take. */
    @Test
    void one_request_that_one_pod_refuses_and_another_takes_keeps_the_pod_from_nobody_else() {
        paper.pod("picky", "0", "0");
        paper.pod("good", free(9));
        paper.start();
        for (int i = 0; i < 9; i++) {
            Call call = paper.place(request -> request.annotation("mode", "odd"));
            answerOdd();
            assertThat(Outcomes.of(call)).isCompleted();
        }
        for (int i = 0; i < 2; i++) {
            Call call = paper.place();
            answerOdd();
            assertThat(Outcomes.of(call)).isCompleted();
        }
        assertThat(paper.held("picky")).hasSize(2);
    }

    private void answerOdd() {
        for (int i = 0; i < 3; i++) {
            answer(patch -> patch.lease().equals(LedgerNames.lease("picky"))
                    && patch.ask().body().contains("odd"));
            paper.clock.advance(Duration.ofMillis(1));
        }
    }

    @Test
    void but_requests_of_other_contents_do() {
        twoPods(2);
        for (int i = 0; i < 3; i++) {
            String match = "match-" + i;
            paper.waiter(request -> request.annotation("match", match));
            passes(STEP);
            paper.leases.get(LedgerNames.lease("good")).put("1", "0 theirs 1800000 - -"); // full, for the next
            paper.changed(LedgerNames.lease("good"));
            paper.leases.get(LedgerNames.lease("good")).put("0", "" + (i + 1));
            paper.changed(LedgerNames.lease("good"));
            passes(STEP);
            if (i == 0) {
                assertThat(refused).isEqualTo(1);
                paper.leases.get(LedgerNames.lease("good")).put("0", "1 theirs-too 1800000 - -");
                paper.changed(LedgerNames.lease("good"));
                passes(STEP);
            }
        }
        assertThat(refused).as("the third was not tried there").isEqualTo(2);
    }

    @Test
    void one_that_comes_back_while_it_rested_is_the_pod_that_it_is() {
        twoPods(9);
        paper.place();
        passes(STEP);
        refusing.clear();
        Map<String, String> texts = Map.copyOf(paper.leases.get(LedgerNames.lease("bad")));
        paper.leaves("bad"); // both lose their labels, say
        paper.toldGone(LedgerNames.lease("bad"), new LinkedHashMap<>(texts));
        paper.clock.advance(Duration.ofMillis(10));
        paper.pod("bad", "0");
        paper.clock.advance(Duration.ofMillis(10));
        Call call = paper.place(request -> request.requestId("match"));
        passes(Duration.ofSeconds(2)); // its old pause ends
        assertThat(paper.held("bad")).hasSize(1);
        paper.address("bad", "192.0.2.1"); // news of the pod, as of a probe
        passes(Duration.ofSeconds(2));
        Call again = paper.place(request -> request.requestId("match"));
        passes(Duration.ofSeconds(6));

        assertThat(Outcomes.of(again).join().sessionId())
                .isEqualTo(Outcomes.of(call).join().sessionId());
    }

    @Test
    void of_pods_that_are_gone_nothing_is_remembered() {
        twoPods(9);
        paper.place();
        paper.leaves("bad");
        paper.clock.advance(Duration.ofMillis(1));
        passes(STEP);
        assertThat(paper.pool.refusing.isEmpty()).isTrue();
        paper.pod("worse", "0");
        refuses("worse");
        paper.place();
        passes(STEP);
        assertThat(paper.pool.refusing.isEmpty()).isFalse();
        paper.leaves("worse");
        paper.clock.advance(Duration.ofMillis(1));
        assertThat(paper.pool.refusing.isEmpty()).isTrue();
    }

    @Test
    void a_role_that_lacks_the_right_is_told_of_without_asking_the_next_pod() {
        paper.pod("one", "0");
        paper.pod("other", "0");
        paper.start();
        Call call = paper.place();
        paper.refuseRight();

        assertThat(paper.patches).isEmpty();
        assertThatThrownBy(() -> Outcomes.of(call).join()).hasCauseInstanceOf(BackendException.class);
    }

    @Test
    void a_pod_that_has_gone_meanwhile_is_not_spoken_of() {
        twoPods(4);
        paper.place();
        passes(STEP);
        paper.leaves("bad");
        passes(Duration.ofSeconds(5));
        Call call = paper.place();
        passes(STEP);

        assertThat(Outcomes.of(call)).isCompleted();
    }
}
