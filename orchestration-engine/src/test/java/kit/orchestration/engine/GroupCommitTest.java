package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.GROUPS;
import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.engine.matching.Candidates;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

    private TestPool test = new TestPool(GROUPS);

    @Test
    void atRestAClaimWaitsForNobody() {
        test.pod("pod", 4);
        Call call = test.place();

        assertThat(test.writes.next()).hasSize(1);
        assertThat(call.isSettled()).isFalse();
    }

    @Test
    void whatComesWhileAWriteIsUnderWayDepartsTogether() {
        test.pod("pod", 4);
        List<Call> calls = List.of(test.place(), test.place(), test.place());

        test.writes.apply(test.writes.only());
        List<Reservation<String>> second = test.writes.next();
        assertThat(second).hasSize(2);
        second.forEach(test.writes::apply);
        assertThat(calls).allSatisfy(call -> assertThat(claimOf(call).podName()).isEqualTo("pod"));
        test.assertNoResidue(3);
    }

    @Test
    void theNextWriteDepartsWhenTheLastAnswerOfTheOneUnderWayHasCome() {
        test.pod("pod", 8);
        test.place();
        Reservation<String> first = test.writes.only();
        test.place();
        test.place();
        test.writes.apply(first);
        List<Reservation<String>> underWay = test.writes.next();
        test.place();

        test.writes.apply(underWay.get(0));
        assertThat(test.writes.underWay).isEmpty();
        test.writes.apply(underWay.get(1));
        test.writes.apply(test.writes.only());
        test.assertNoResidue(4);
    }

    /** A server that does not answer one write, or asks for time, may answer others. */
    @Test
    void whatTakesItsTimeKeepsItsSlotsAndNoWriter() {
        test = new TestPool(new GroupLimit(100, Duration.ofMillis(10), 1));
        test.pod("pod", 3);
        Call first = test.place();
        Reservation<String> delayed = test.writes.only();
        Call second = test.place();
        assertThat(test.writes.underWay).isEmpty();

        Reservation.delayed(List.of(delayed));
        Reservation.delayed(List.of(delayed));
        assertThat(test.writes.apply(test.writes.only()).slot()).isNotEqualTo(OptionalInt.of(delayed.slot()));
        claimOf(second);
        Call third = test.place();
        Call refused = test.place();
        test.writes.apply(test.writes.only());
        claimOf(third);
        assertThat(refused.isSettled()).as("one that is under way may be lost").isFalse();

        test.writes.apply(delayed);
        claimOf(first);
        assertThat(errorOf(refused)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(3);
    }

    @Test
    void whatTookItsTimeAndIsLostGoesOn() {
        test = new TestPool(new GroupLimit(100, Duration.ofMillis(10), 1));
        Pod<String> pod = test.pod("pod", 2);
        Call first = test.place();
        Reservation<String> delayed = test.writes.only();
        Reservation.delayed(List.of(delayed));
        test.place();
        Reservation<String> underWay = test.writes.only();
        test.pool.slotSeen(pod, delayed.slot(), 2);
        delayed.lost();
        assertThat(test.writes.underWay).as("its own writer is no more its").isEmpty();
        test.writes.apply(underWay);
        test.writes.apply(test.writes.only());
        claimOf(first);
        test.assertNoResidue(2);
    }

    @Test
    void whatIsWrittenHoldsUpNobodyThoughItHasNoAnswerYet() {
        test.pod("pod", 3);
        Call first = test.place(request -> request.requestId("one"));
        Call twin = test.place(request -> request.requestId("one"));
        Reservation<String> written = test.writes.only();
        Call second = test.place();
        Call third = test.place();
        assertThat(test.writes.underWay).isEmpty();

        Reservation.written(List.of(written));
        test.writes.applyAll();

        assertThat(List.of(second, third)).allSatisfy(TestPool::claimOf);
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);
        assertThat(first.isSettled() || twin.isSettled()).isFalse();
        test.writes.apply(written);
        assertThat(claimOf(twin)).isEqualTo(claimOf(first));
        test.assertNoResidue(3);
    }

    @Test
    void whatIsWrittenAndLostIsPlacedAgain() {
        Pod<String> pod = test.pod("pod", 2);
        Call call = test.place();
        Reservation<String> written = test.writes.only();
        Reservation.written(List.of(written));

        written.lost();
        assertThat(test.writes.apply(test.writes.only()).slot()).isNotEqualTo(OptionalInt.of(written.slot()));
        claimOf(call);
        test.pool.slotSeen(pod, written.slot(), 2);
        test.assertNoResidue(1);
    }

    @Test
    void aSlotThatCanNotBeReadIsHeldUntilItCan() {
        Pod<String> pod = test.pod("pod", 2);
        test.pool.slotSeen(pod, 0, 8);
        test.pool.slotSeen(pod, 0, -1);
        test.pool.slotSeen(pod, 0, 6); // old news
        test.place();
        test.writes.applyAll();
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);

        test.pool.slotSeen(pod, 0, 8);
        test.place();
        test.writes.applyAll();
        test.assertNoResidue(2);
    }

    @Test
    void pastItsSizeABatchOpensTheNextPod() {
        test = new TestPool(new GroupLimit(2, Duration.ofMillis(10), 16));
        test.pod("a", 4);
        test.pod("b", 4);
        test.place();
        String first = podOf(test.writes.only());
        test.place();
        test.place();
        assertThat(test.writes.underWay).isEmpty();
        test.place();

        assertThat(podOf(test.writes.only())).isNotEqualTo(first);
    }

    @Test
    void pastItsAgeABatchOpensTheNextPod() {
        test.pod("a", 4);
        test.pod("b", 4);
        test.place();
        String first = podOf(test.writes.only());
        test.place();
        test.time.advance(Duration.ofMillis(10));
        test.place();
        assertThat(test.writes.underWay).isEmpty();
        test.time.advance(Duration.ofNanos(1));
        test.place();

        assertThat(podOf(test.writes.only())).isNotEqualTo(first);
    }

    @Test
    void noMoreWritesAreUnderWayThanThereAreWriters() {
        test = new TestPool(new GroupLimit(100, Duration.ofMillis(10), 2), Placement.SPREAD, 10, true);
        test.pod("a", 4);
        test.pod("b", 4);
        test.pod("c", 4);
        for (int i = 0; i < 6; i++) {
            test.place();
        }

        assertThat(test.writes.underWay).hasSize(2);
        List<Reservation<String>> first = test.writes.next();
        first.forEach(test.writes::apply);
        assertThat(test.writes.underWay).hasSize(2);
        test.writes.applyAll();
        test.assertNoResidue(6);
    }

    @Test
    void whatGathersForAPodThatGoesDepartsElsewhere() {
        whatGathersForAPodDepartsElsewhere(pod -> test.pool.remove(pod));
    }

    @Test
    void whatGathersForAPodThatDrainsDepartsElsewhere() {
        whatGathersForAPodDepartsElsewhere(pod -> test.update(pod, PodState.DRAINING, Map.of("map", "dust")));
    }

    @Test
    void whatGathersForAPodOfOtherLabelsNowDepartsElsewhere() {
        whatGathersForAPodDepartsElsewhere(pod -> test.update(pod, PodState.READY, Map.of("map", "lake")));
    }

    private void whatGathersForAPodDepartsElsewhere(Consumer<Pod<String>> news) {
        Pod<String> first = test.pod("first", 2, Map.of("map", "dust"));
        test.place();
        Call gathered = test.place(request -> request.selectors(Map.of("map", "dust")));
        test.pod("second", 1, Map.of("map", "dust"));
        news.accept(first);

        test.writes.apply(test.writes.next().get(0));
        Reservation<String> next = test.writes.only();
        assertThat(next.pod().name()).isEqualTo("second");
        test.writes.apply(next);
        assertThat(claimOf(gathered).podName()).isEqualTo("second");
        assertThat(Candidates.isAtRest(first.candidate())).isTrue();
    }

    @Test
    void whatGathersForAPodThatIsGoneIsToldIfThereIsNoOther() {
        Pod<String> pod = test.pod("pod", 2);
        test.place();
        Call gathered = test.place();
        Call waits = test.placeWaiting();
        test.pool.remove(pod);

        assertThat(errorOf(gathered)).isInstanceOf(NoCapacityException.class);
        assertThat(waits.isSettled()).isFalse();
        test.writes.apply(test.writes.only());
        assertThat(test.writes.underWay).isEmpty();
    }

    @Test
    void whatGathersForASlotThatSomebodyElseHasTakenDepartsForAnother() {
        Pod<String> pod = test.pod("pod", 3);
        test.place();
        Call gathered = test.place();
        test.pool.slotsSeen(pod, new long[] {0, 1, 0});

        test.writes.apply(test.writes.only());
        Reservation<String> next = test.writes.only();
        assertThat(next.slot()).isEqualTo(2);
        test.writes.apply(next);
        assertThat(claimOf(gathered).slot()).hasValue(2);
        test.assertNoResidue(3);
    }

    @Test
    void aCallThatIsSettledIsDroppedBeforeItsBatchDeparts() {
        test.pod("pod", 4);
        test.place();
        Call unwanted = test.place();
        Call wanted = test.place();
        test.giveUp(unwanted);

        test.writes.apply(test.writes.only());
        test.writes.apply(test.writes.only());
        assertThat(claimOf(wanted)).isNotNull();
        test.assertNoResidue(2);
    }

    @Test
    void aBatchOfNothingButSettledCallsDoesNotDepart() {
        test.pod("pod", 2);
        test.place();
        Call unwanted = test.place();
        Call waiter = test.placeWaiting();
        test.giveUp(unwanted);

        test.writes.apply(test.writes.only());
        test.writes.apply(test.writes.only());
        assertThat(claimOf(waiter)).isNotNull();
        test.assertNoResidue(2);
    }

    @Test
    void aPodHasOneWriteUnderWayAlsoWhenATwinTakesADroppedCallsPlace() {
        test.pod("pod", 4);
        test.place();
        Call unwanted = test.place(request -> request.requestId("r"));
        Call other = test.place();
        Call twin = test.place(request -> request.requestId("r"));
        test.giveUp(unwanted);

        test.writes.apply(test.writes.only());
        assertThat(test.writes.underWay).hasSize(1);
        test.writes.applyAll();
        assertThat(claimOf(other)).isNotEqualTo(claimOf(twin));
        test.assertNoResidue(3);
    }

    @Test
    void anyNumberOfBatchesMayBeDroppedAtOnce() {
        int pods = 2_000;
        test = new TestPool(new GroupLimit(100, Duration.ofMillis(10), 1), Placement.SPREAD, pods, true);
        for (int i = 0; i < pods; i++) {
            test.pod("pod-" + i, 1);
        }
        List<Call> gathered = new ArrayList<>();
        List<Call> waiters = new ArrayList<>();
        test.place();
        for (int i = 1; i < pods; i++) {
            gathered.add(test.place());
        }
        for (int i = 1; i < pods; i++) {
            waiters.add(test.placeWaiting());
        }
        gathered.forEach(test::giveUp);

        TestPool.onSmallStack(test.writes::applyAll);
        assertThat(waiters).allMatch(Call::isSettled);
        test.assertNoResidue(pods);
    }

    @Test
    void aTwinsAnswerFreesTheSlot() {
        test.pod("pod", 1);
        Call call = test.place();
        Reservation<String> reservation = test.writes.only();
        Claim earlier = Writes.claim(reservation);
        reservation.twin(earlier);

        assertThat(claimOf(call)).isSameAs(earlier);
        test.assertNoResidue(0);
    }

    @Test
    void aFailureFreesTheSlotForTheNextWaiter() {
        test.pod("pod", 1);
        Call call = test.place();
        Call waiter = test.placeWaiting();
        BackendException error = error(Outcome.NOT_APPLIED);
        test.writes.only().failed(error);

        assertThat(errorOf(call)).isSameAs(error);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(waiter)).isNotNull();
        test.assertNoResidue(1);
    }

    /** Its answer was lost, and the backend has looked since. */
    @Test
    void aSlotThatWasWrittenThoughItsCallFailedIsNobodysUntilItIsFree() {
        Pod<String> pod = test.pod("pod", 1);
        Call call = test.place();
        Call waiter = test.placeWaiting();
        BackendException error = error(Outcome.UNKNOWN);
        test.pool.slotSeen(pod, 0, 1);
        test.writes.only().failed(error);

        assertThat(errorOf(call)).isSameAs(error);
        assertThat(test.writes.underWay).isEmpty();
        test.pool.slotSeen(pod, 0, 2);
        Reservation<String> next = test.writes.only();
        assertThat(next.version()).isEqualTo(2);
        test.writes.apply(next);
        assertThat(claimOf(waiter)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void whoeverLosesGoesOnWithAnotherSlot() {
        Pod<String> pod = test.pod("pod", 2);
        Call call = test.place();
        Reservation<String> reservation = test.writes.only();
        test.pool.slotSeen(pod, reservation.slot(), 1);
        reservation.lost();

        Reservation<String> next = test.writes.only();
        assertThat(next.slot()).isNotEqualTo(reservation.slot());
        assertThat(next.sessionId()).isNotEqualTo(reservation.sessionId());
        test.writes.apply(next);
        assertThat(claimOf(call).slot()).hasValue(next.slot());
        test.assertNoResidue(2);
    }

    @Test
    void whoeverLosesTheLastSlotIsTold() {
        Pod<String> pod = test.pod("pod", 1);
        Call call = test.place();
        test.pool.slotSeen(pod, 0, 1);
        test.writes.only().lost();

        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(1);
    }

    @Test
    void aLostRaceIsNeverNoCapacityThoughTheWaitingRoomIsFull() {
        test = new TestPool(GROUPS, Placement.PACKED, 1, true);
        Pod<String> pod = test.pod("pod", 2);
        Call waiter = test.place(request ->
                TestPool.patient(request).selectors(Map.of("region", "nowhere")).priority(1));
        Call call = test.place();
        Reservation<String> reservation = test.writes.only();
        test.pool.slotSeen(pod, reservation.slot(), 1);
        reservation.lost();

        test.writes.applyAll();
        assertThat(claimOf(call)).isNotNull();
        assertThat(waiter.isSettled()).isFalse();
    }

    @Test
    void whoeverLosesDoesNotComeAfterThoseThatWait() {
        test = new TestPool(new GroupLimit(1, Duration.ofMillis(10), 16));
        Pod<String> pod = test.pod("pod", 3);
        Call first = test.place(request -> TestPool.patient(request).priority(2));
        Reservation<String> lost = test.writes.only();
        test.placeWaiting();
        Call waiter = test.placeWaiting();
        test.pool.slotSeen(pod, lost.slot(), 1);
        lost.lost();

        test.writes.applyAll();
        assertThat(claimOf(first)).isNotNull();
        assertThat(waiter.isSettled()).isFalse();
    }

    @Test
    void whatIsGivenUpBeforeItDepartsIsTheNextWaitersAtOnce() {
        test = new TestPool(new GroupLimit(1, Duration.ofMillis(10), 16));
        test.pod("pod", 2);
        test.place();
        Call gathered = test.placeWaiting();
        Call waiter = test.placeWaiting();
        gathered.abandon();

        assertThat(test.pool.withdraw(gathered, false))
                .as("nothing was written")
                .isTrue();
        test.writes.applyAll();
        assertThat(claimOf(waiter)).isNotNull();
        assertThat(test.writes.givenBack).isEmpty();
        test.assertNoResidue(2);
    }

    @Test
    void anyNumberOfRacesMayBeLostInARow() {
        int pods = 20;
        int capacity = 1_000;
        ManualTime time = new ManualTime();
        LosingCommitter foreign = new LosingCommitter();
        Pool<String> pool = TestPool.of(GroupLimit.NONE, time, foreign);
        pool.listed();
        foreign.pool = pool;
        for (int i = 0; i < pods; i++) {
            pool.update(pool.pod("pod-" + i, "pod-" + i, new long[capacity]), 1, PodState.READY, Map.of());
        }
        Call call = new Call(AllocateReq.of("duel"), null, pool, 0, 0);

        TestPool.onSmallStack(() -> {
            pool.place(call);
            pool.overdue(call);
        });
        assertThat(foreign.lost).isEqualTo(pods * capacity);
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void ofTwoAnswersTheFirstCountsAndAClaimThatComesLateIsGivenBack() {
        test.pod("pod", 2);
        Call call = test.place();
        Reservation<String> reservation = test.writes.only();
        reservation.failed(error(Outcome.NOT_APPLIED));
        Call next = test.place();
        Claim late = test.writes.apply(reservation);

        assertThat(errorOf(call)).isInstanceOf(BackendException.class);
        assertThat(test.writes.givenBack).containsExactly(late);
        Call third = test.place();
        assertThat(test.writes.underWay).hasSize(1);
        test.writes.applyAll();
        assertThat(claimOf(next)).isNotEqualTo(claimOf(third));
    }

    @Test
    void aClaimThatComesWhenItsCallHasGoneOnIsGivenBack() {
        aClaimThatComesWhenItsCallHasGoneOnIsGivenBack(Reservation::applied);
        aClaimThatComesWhenItsCallHasGoneOnIsGivenBack(Reservation::twin);
        aClaimThatComesWhenItsCallHasGoneOnIsGivenBack(
                (reservation, claim) -> Reservation.appliedAll(List.of(reservation), each -> claim));
    }

    private void aClaimThatComesWhenItsCallHasGoneOnIsGivenBack(BiConsumer<Reservation<String>, Claim> answer) {
        test = new TestPool(GROUPS);
        Pod<String> pod = test.pod("pod", 1);
        Call call = test.placeWaiting();
        Reservation<String> reservation = test.writes.only();
        test.pool.slotSeen(pod, 0, 1);
        reservation.lost();
        Claim late = Writes.claim(reservation);
        answer.accept(reservation, late);

        assertThat(test.writes.givenBack).containsExactly(late);
        assertThat(call.isSettled()).isFalse();
        test.pool.slotSeen(pod, 0, 2);
        Claim claim = test.writes.apply(test.writes.only());
        assertThat(claimOf(call)).isSameAs(claim);
        test.assertNoResidue(1);
    }

    @Test
    void aCommitThatThrowsFailsItsCallsAndHarmsNobodyElse() {
        aCommitThatThrows(new IllegalStateException("broken"));
        aCommitThatThrows(new NoClassDefFoundError("broken"));
    }

    private static void aCommitThatThrows(Throwable thrown) {
        List<String> committed = new ArrayList<>();
        Committer<String> broken = new Committer<>() {
            @Override
            public void commit(String pod, List<Reservation<String>> batch) {
                committed.add(pod);
                if (pod.equals("broken")) {
                    if (thrown instanceof Error error) {
                        throw error;
                    }
                    throw new IllegalStateException(thrown);
                }
                batch.forEach(reservation -> reservation.applied(Writes.claim(reservation)));
            }

            @Override
            public CompletionStage<Claim> existing(Call call) {
                return null;
            }

            @Override
            public void giveBack(Claim claim) {}
        };
        Pool<String> pool = TestPool.of(GROUPS, new ManualTime(), broken);
        Pod<String> bad = pool.pod("broken", "broken", new long[1]);
        pool.update(bad, 1, PodState.READY, Map.of("pod", "broken"));
        pool.update(pool.pod("good", "good", new long[1]), 1, PodState.READY, Map.of("pod", "good"));
        Call first = new Call(request("broken"), null, pool, 0, 0);
        Call second = new Call(request("good"), null, pool, 1, 0);
        pool.place(first);
        pool.place(second);
        pool.listed();

        assertThat(committed).containsExactly("broken", "good");
        assertThat(errorOf(first)).isInstanceOfSatisfying(BackendException.class, error -> {
            assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(error).hasRootCauseMessage("broken");
        });
        assertThat(claimOf(second).podName()).isEqualTo("good");
        assertThat(Candidates.isAtRest(bad.candidate())).isTrue();
        assertThat(Candidates.freeSlots(bad.candidate())).isEqualTo(1);
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new GroupLimit(0, Duration.ZERO, 1)).hasMessageContaining("were 0, 1 and PT0S");
        assertThatThrownBy(() -> new GroupLimit(1, Duration.ofNanos(-1), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GroupLimit(1, Duration.ZERO, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Of each slot that is tried, somebody else was faster. */
    private static final class LosingCommitter implements Committer<String> {
        private Pool<String> pool;
        private int lost;

        @Override
        public void commit(String pod, List<Reservation<String>> batch) {
            for (Reservation<String> reservation : batch) {
                lost++;
                pool.slotSeen(reservation.pod(), reservation.slot(), reservation.version() + 1);
                reservation.lost();
            }
        }

        @Override
        public CompletionStage<Claim> existing(Call call) {
            return null;
        }

        @Override
        public void giveBack(Claim claim) {}
    }

    private static AllocateReq request(String pod) {
        return AllocateReq.builder("duel").selectors(Map.of("pod", pod)).build();
    }

    private static String podOf(Reservation<String> reservation) {
        return reservation.pod().name();
    }

    static BackendException error(Outcome outcome) {
        return new BackendException("refused", "duel", null, outcome, true, null);
    }
}
