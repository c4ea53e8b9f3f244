package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static kit.orchestration.engine.TestPool.patient;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Writes that the backend won't take, be it for the pod or for the request. */
class RefusedWriteTest {

    private final BackendException no =
            new BackendException("a policy says no", "duel", null, Outcome.NOT_APPLIED, false, null);

    private TestPool test = new TestPool(GroupLimit.NONE);

    /** The pod that would be picked again is the one that has just refused: it is the fullest, and the emptiest. */
    @ParameterizedTest
    @EnumSource
    void aCallThatAPodRefusesGoesToAnother(Placement placement) {
        test = new TestPool(GroupLimit.NONE, placement, 10, true);
        int slots = placement == Placement.PACKED ? 1 : 9;
        Pod<String> refusing = test.pod("refusing", slots);
        test.pod("other", 10 - slots);
        Call call = test.place();

        Reservation<String> first = test.writes.only();
        assertThat(first.pod()).isEqualTo(refusing);
        assertThat(first.refusedBy()).isEmpty();
        first.refused(request -> no);

        Reservation<String> second = test.writes.only();
        assertThat(second.pod().name()).isEqualTo("other");
        assertThat(second.refusedBy()).containsExactly(refusing);
        test.writes.apply(second);
        assertThat(claimOf(call).podName()).isEqualTo("other");
        test.assertNoResidue(1);
    }

    /** Each of which is told of by what the next one is given. */
    @Test
    void aCallGoesOnUntilAPodTakesIt() {
        List<Pod<String>> refusing = List.of(test.pod("a", 1), test.pod("b", 2), test.pod("c", 3));
        test.pod("good", 4);
        Call call = test.place();
        refusing.forEach(pod -> {
            Reservation<String> next = test.writes.only();
            assertThat(next.pod()).isEqualTo(pod);
            next.refused(request -> no);
        });

        Reservation<String> last = test.writes.only();
        assertThat(last.refusedBy()).containsExactlyElementsOf(refusing);
        test.writes.apply(last);
        assertThat(claimOf(call).podName()).isEqualTo("good");
        test.assertNoResidue(1);
    }

    /** Then it is the request that nobody takes. */
    @Test
    void aCallThatAllRefuseOrManyFails() {
        test.pod("a", 1);
        test.pod("b", 1);
        Call call = test.place();
        test.writes.only().refused(request -> no);
        test.writes.only().refused(request -> no);
        assertThat(errorOf(call)).isSameAs(no);

        for (int i = 0; i < 30; i++) {
            test.pod("pod-" + i, 1);
        }
        Call another = test.place();
        int tries = 0;
        while (!test.writes.underWay.isEmpty()) {
            test.writes.only().refused(request -> no);
            tries++;
        }
        assertThat(errorOf(another)).isSameAs(no);
        assertThat(tries).isEqualTo(16);
        test.assertNoResidue(0);
    }

    @Test
    void whereNoOtherPodTakesSessionsTheCallFailsAtOnce() {
        Pod<String> drains = test.pod("draining", 3);
        test.update(drains, PodState.DRAINING, Map.of());
        Pod<String> refusing = test.pod("refusing", 4, Map.of("map", "dust"));
        test.pod("unlike", 5);
        Call call = test.place(request -> patient(request).selector("map", "dust"));

        Reservation<String> refused = test.writes.only();
        assertThat(refused.pod()).isEqualTo(refusing);
        refused.refused(request -> no);

        assertThat(errorOf(call)).isSameAs(no);
        test.assertNoResidue(0);
    }

    /** Its other pods have refused nobody. */
    @ParameterizedTest
    @EnumSource(names = {"NOT_READY", "MISCONFIGURED"})
    void whoWaitsWaitsForAPodThatTakesNoneYet(PodState state) {
        Pod<String> later = test.pod("later", 4);
        test.update(later, state, Map.of());
        test.pod("refusing", 4);
        Call waits = test.placeWaiting();
        Call hasty = test.place();
        all().forEach(write -> write.refused(request -> no));
        assertThat(waits.isSettled()).isFalse();
        assertThat(errorOf(hasty)).isSameAs(no);

        test.update(later, PodState.READY, Map.of());

        test.writes.apply(test.writes.only());
        assertThat(claimOf(waits).podName()).isEqualTo("later");
        test.assertNoResidue(1);
    }

    /** And not what a pod has said that it could have waited beside. */
    @Test
    void whoIsPushedOutOfTheWaitingRoomIsToldSo() {
        test = new TestPool(GroupLimit.NONE, Placement.PACKED, 1, true);
        test.pod("full", 1);
        test.place();
        test.writes.applyAll();
        test.pod("refusing", 4);
        Call low = test.placeWaiting();
        test.writes.only().refused(request -> no);
        test.place(request -> patient(request).priority(9));
        test.writes.only().refused(request -> no);

        assertThat(errorOf(low))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(error.reason()).isEqualTo(Reason.WAITING_ROOM_FULL));
    }

    /** It names its caller, and is given that one's trace. */
    @Test
    void eachTryOfARequestHasAnErrorOfItsOwn() {
        test.pod("full", 1);
        test.place();
        test.writes.applyAll();
        test.pod("refusing", 4);
        List<Call> tries = Stream.generate(
                        () -> test.place(request -> patient(request).requestId("match-1")))
                .limit(5)
                .toList();
        test.writes
                .only()
                .refused(request ->
                        new BackendException("a policy says no", "duel", request, Outcome.NOT_APPLIED, false, null));
        tries.forEach(test.pool::overdue);

        assertThat(tries.stream().map(TestPool::errorOf)).doesNotHaveDuplicates();
        tries.forEach(call -> assertThat(errorOf(call))
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.request()).contains(call.request())));
    }

    /** The slots are free: what was not written may be the next time, but it is in doubt. */
    @Test
    void whatWasNotWrittenGoesElsewhereFirst() {
        test.pod("first", 3);
        List<Call> calls = List.of(test.place(), test.place(), test.place());
        List<Reservation<String>> batch = all();
        test.pod("other", 1);
        Reservation.unwritten(batch);

        List<Reservation<String>> next = all();
        assertThat(next.stream().map(write -> write.pod().name())).containsExactlyInAnyOrder("other", "first", "first");
        next.forEach(test.writes::apply);
        assertThat(calls).allMatch(Call::isSettled);
        test.assertNoResidue(3);
    }

    /** Who came while the pod was full of these, and is more urgent, has what they leave. */
    @Test
    void whatWasNotWrittenOvertakesNobody() {
        test.pod("only", 2);
        List<Call> calls = List.of(test.placeWaiting(), test.placeWaiting());
        List<Reservation<String>> batch = all();
        Call urgent = test.place(request -> patient(request).priority(9));
        Reservation.unwritten(batch);

        List<Reservation<String>> next = all();
        assertThat(next.stream().map(Reservation::call)).containsExactlyInAnyOrder(urgent, calls.get(0));
        next.forEach(test.writes::apply);
        assertThat(calls.get(1).isSettled()).isFalse();
    }

    /** Nothing proves that there is no room where all that take sessions refuse. */
    @Test
    void whoHasWaitedForAPodThatIsNotReadyIsToldWhatTheOthersHaveSaid() {
        test.writes.seesAll = false;
        Pod<String> later = test.pod("later", 4);
        test.update(later, PodState.NOT_READY, Map.of());
        test.pod("refusing", 4);
        Call waits = test.placeWaiting();
        test.writes.only().refused(request -> no);
        assertThat(waits.isSettled()).isFalse();

        test.pool.overdue(waits);

        assertThat(errorOf(waits)).isSameAs(no);
    }

    /** Whoever does not wait is told what the pod has said: there is room, and it is not to be had. */
    @Test
    void whereTheOthersAreFullWhoWaitsIsServedByThemAndWhoDoesNotFails() {
        Pod<String> other = test.pod("other", 1);
        test.place();
        test.writes.applyAll();
        test.pod("refusing", 4);
        Call waits = test.placeWaiting();
        test.writes.only().refused(request -> no);
        Call hasty = test.place();
        test.writes.only().refused(request -> no);

        assertThat(errorOf(hasty)).isSameAs(no);
        assertThat(waits.isSettled()).isFalse();
        assertThat(test.writes.underWay).isEmpty();
        test.pool.slotSeen(other, 0, 2);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(waits).podName()).isEqualTo("other");
        test.assertNoResidue(1);
    }

    @Test
    void whoHasWaitedForTheOthersInVainIsToldWhatThePodHasSaid() {
        test.pod("other", 1);
        test.place();
        test.writes.applyAll();
        test.pod("refusing", 4);
        Call waits = test.placeWaiting();
        test.writes.only().refused(request -> no);
        test.pool.overdue(waits);

        assertThat(errorOf(waits)).isSameAs(no);
        test.assertNoResidue(1);
    }

    /** As by a rollout, or another matchmaker's claims: the fullest is again the one that has refused. */
    @Test
    void thePodIsNotAskedAgainThoughTheNextComesToNothing() {
        test.pod("refusing", 1);
        Pod<String> other = test.pod("other", 2);
        test.pod("big", 5);
        Call call = test.place();
        test.writes.only().refused(request -> no);
        Reservation<String> second = test.writes.only();
        test.update(other, PodState.DRAINING, Map.of());
        second.lost();

        Reservation<String> third = test.writes.only();
        assertThat(third.pod().name()).isEqualTo("big");
        test.writes.apply(third);
        assertThat(claimOf(call)).isNotNull();
    }

    @Test
    void roomThatIsBlockedForAMomentIsWaitedFor() {
        test = new TestPool(new GroupLimit(1_000, Duration.ofMillis(50), 2));
        Pod<String> refusing = test.pod("refusing", 3);
        test.pool.rank(test.pod("of another allocator", 8), PodRank.LEFT_TO_OTHERS);
        List<Call> calls = List.of(test.place(), test.place(), test.place());
        while (!test.writes.underWay.isEmpty()) {
            test.writes.next().forEach(each -> {
                if (each.pod() == refusing) {
                    each.refused(request -> no);
                } else {
                    test.writes.apply(each);
                }
            });
        }

        assertThat(calls).allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
    }

    /** What did not fit beside one that was refused may fit now. */
    @Test
    void thePodIsNotFullForWhatWasRefused() {
        test = new TestPool(new GroupLimit(1_000, Duration.ofMillis(50), 1));
        Pod<String> pod = test.pod("pod", 3);
        test.pod("other", 1, Map.of("other", "yes"));
        test.place(request -> request.selector("other", "yes"));
        List<Reservation<String>> first = test.writes.next();
        test.place();
        Call second = test.placeWaiting();
        first.forEach(test.writes::apply);
        List<Reservation<String>> both = test.writes.next();
        assertThat(both).hasSize(2);
        both.get(1).unfit();
        assertThat(second.isSettled()).isFalse();
        both.get(0).refused(request -> no);

        test.writes.applyAll();
        assertThat(claimOf(second).podName()).isEqualTo(pod.name());
    }

    @Test
    void aCallWhoseSessionWasSeenToLiveMeanwhileLooksForThat() {
        test.pod("refusing", 1);
        Pod<String> other = test.pod("other", 3);
        Call call = test.place(request -> request.requestId("match-1"));
        Reservation<String> first = test.writes.only();
        Claim theirs = Writes.claim(call.request(), other, 0, "theirs");
        test.writes.lives(call.request(), theirs);
        test.pool.slotSeen(other, 0, 1);
        test.pool.requestSeen("match-1");
        first.refused(request -> no);

        assertThat(test.writes.underWay).isEmpty();
        assertThat(claimOf(call).sessionId()).isEqualTo("theirs");
    }

    @Test
    void theSlotThatWasRefusedIsThereForOthers() {
        test = new TestPool(new GroupLimit(3, Duration.ofMillis(10), 16));
        test.pod("refusing", 1);
        Call first = test.place();
        Call waits = test.placeWaiting();
        test.writes.only().refused(request -> no);

        assertThat(errorOf(first)).isSameAs(no);
        test.writes.applyAll();
        assertThat(claimOf(waits).podName()).isEqualTo("refusing");
        test.assertNoResidue(1);
    }

    @Test
    void aCallThatHasGoneMeanwhileGoesNowhere() {
        test.pod("refusing", 1);
        test.pod("other", 2);
        Call call = test.place();
        test.giveUp(call);
        test.writes.only().refused(request -> no);

        assertThat(test.writes.underWay).isEmpty();
        test.assertNoResidue(0);
    }

    /** They wait for what becomes of it: it goes on for all, and where it fails the next of them begins anew. */
    @Test
    void theOthersOfItsRequestGoOnWaitingForIt() {
        test.pod("a", 1);
        test.pod("b", 1);
        Call leads = test.place(request -> request.requestId("match-1"));
        Call follows = test.place(request -> request.requestId("match-1").maxWait(Duration.ofMinutes(1)));

        test.writes.only().refused(request -> no);
        assertThat(follows.isSettled()).isFalse();
        test.writes.only().refused(request -> no);
        assertThat(errorOf(leads)).isSameAs(no);

        test.writes.apply(test.writes.only());
        assertThat(claimOf(follows)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void aRefusalAfterAnotherAnswerDoesNothing() {
        test.pod("a", 1);
        test.pod("b", 1);
        test.pod("c", 1);
        Call call = test.place();
        Reservation<String> first = test.writes.only();
        first.lost();
        Reservation<String> second = test.writes.only();
        first.refused(request -> no);
        assertThat(test.writes.underWay).isEmpty();
        second.refused(request -> no);
        second.refused(request -> no);
        assertThat(test.writes.underWay).hasSize(1);

        test.writes.apply(test.writes.only());
        assertThat(claimOf(call)).isNotNull();
        test.assertNoResidue(1);
    }

    private List<Reservation<String>> all() {
        List<Reservation<String>> all = new ArrayList<>();
        while (!test.writes.underWay.isEmpty()) {
            all.addAll(test.writes.next());
        }
        return all;
    }
}
