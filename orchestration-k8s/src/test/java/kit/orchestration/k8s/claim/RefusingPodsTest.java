package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Outcomes;
import kit.orchestration.k8s.deploy.DocumentedErrors;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

/** A pod whose Lease takes no claims, by a policy or since it was made invalid, takes nobody down with it. */
class RefusingPodsTest {

    private static final Duration STEP = Duration.ofMillis(100);

    private static final String FAULT = "claims on its lease are refused, and on others not: ";

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

    @Test
    void calls_that_come_together_all_land_on_the_pod_beside_it() {
        twoPods(20, 60);
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
        paper.waiter();
        passes(Duration.ofMinutes(5));

        assertThat(refused).isBetween(10, 30);
    }

    @Test
    void it_takes_sessions_again_when_its_lease_does() {
        twoPods(2);
        fillTheOther(2);
        Call waiter = paper.waiter();
        passes(Duration.ofSeconds(5));
        refusing.clear();
        passes(Duration.ofSeconds(10));
        assertThat(Outcomes.of(waiter)).isCompleted();

        refuses("bad");
        paper.leases.get(LedgerNames.lease("bad")).put("0", "2");
        paper.changed(LedgerNames.lease("bad"));
        Call call = paper.place();
        passes(STEP);
        assertThat(call.isSettled()).isTrue();
        assertThatThrownBy(() -> Outcomes.of(call).join())
                .as("it is not known any more whose fault it is")
                .hasCauseInstanceOf(BackendException.class);
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
            assertThatThrownBy(() -> Outcomes.of(poisoned).join()).hasCauseInstanceOf(BackendException.class);
        }
        assertThat(refused).isEqualTo(10);
        for (int i = 0; i < 4; i++) {
            Call call = paper.place();
            answer();
            assertThat(Outcomes.of(call)).isCompleted();
        }
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
