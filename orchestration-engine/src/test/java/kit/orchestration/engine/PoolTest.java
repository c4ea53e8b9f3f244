package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static kit.orchestration.engine.TestPool.patient;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.PoolStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PoolTest {

    private TestPool test = new TestPool(GroupLimit.NONE);

    @Test
    void withoutRoomThePodsAreToldByWhyTheyHaveNone() {
        test.pod("full", 1, Map.of("region", "eu"));
        test.place();
        test.writes.applyAll();
        test.pod("elsewhere", 1, Map.of("region", "us"));
        Pod<String> starting = test.pod("starting", 1, Map.of("region", "eu"));
        test.update(starting, PodState.NOT_READY, Map.of("region", "eu"));
        Pod<String> draining = test.pod("draining", 1, Map.of("region", "eu"));
        test.update(draining, PodState.DRAINING, Map.of("region", "eu"));

        Call call = test.place(request -> request.selectors(Map.of("region", "eu")));
        assertThat(errorOf(call)).isInstanceOfSatisfying(NoCapacityException.class, error -> {
            assertThat(error.pods()).isEqualTo(new PodCounts(4, 1, 0, 1, 1, 1));
            assertThat(error.waited()).isZero();
        });
        test.assertNoResidue(1);
    }

    @Test
    void aSlotThatIsBeingWrittenIsNotSeenHeldSoNobodyIsRefusedForIt() {
        test.pod("pod", 1, Map.of("region", "eu"));
        Call first = test.place();
        Call second = test.place();
        Call elsewhere = test.place(request -> request.selectors(Map.of("region", "us")));
        assertThat(errorOf(elsewhere)).isInstanceOf(NoCapacityException.class);
        assertThat(second.isSettled()).isFalse();

        test.writes.only().failed(new BackendException("refused", "duel", null, Outcome.NOT_APPLIED, true, null));
        assertThat(errorOf(first)).isInstanceOf(BackendException.class);
        test.writes.applyAll();
        assertThat(claimOf(second)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void onceItIsWrittenWhoeverWaitedForItIsRefused() {
        test.pod("pod", 1);
        Call first = test.place();
        Call second = test.place();
        Call third = test.place();
        test.writes.applyAll();
        assertThat(claimOf(first)).isNotNull();
        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        assertThat(errorOf(third)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(1);
    }

    @Test
    void whileTheBackendDoesNotSeeAllNobodyIsRefused() {
        test.pod("pod", 1);
        test.place();
        test.writes.applyAll();
        test.writes.seesAll = false;
        Call call = test.place();
        Call waiter = test.placeWaiting();
        test.pool.overdue(waiter);
        assertThat(call.isSettled() || waiter.isSettled()).isFalse();

        test.pool.look();
        assertThat(call.isSettled() || waiter.isSettled()).isFalse();
        test.writes.seesAll = true;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
        assertThat(errorOf(waiter)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(1);
    }

    @Test
    void whatGoesFreeWhileTheBackendDoesNotSeeAllIsGiven() {
        Pod<String> pod = test.pod("pod", 1);
        test.place();
        test.writes.applyAll();
        test.writes.seesAll = false;
        Call call = test.place();
        test.pool.slotSeen(pod, 0, 2);
        test.writes.applyAll();
        assertThat(claimOf(call)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void untilThePodsAreListedEverybodyWaits() {
        test = new TestPool(GroupLimit.NONE, Placement.PACKED, 10, false);
        Call low = test.place();
        Call high = test.place(request -> request.priority(1));
        test.pod("pod", 1);
        assertThat(test.writes.underWay).isEmpty();
        assertThat(test.waiting()).isEqualTo(2);

        test.pool.listed();
        test.writes.applyAll();
        assertThat(claimOf(high)).isNotNull();
        assertThat(errorOf(low)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(1);
    }

    @Test
    void whoeverWaitedForTheListIsServedOnce() {
        test = new TestPool(TestPool.GROUPS, Placement.PACKED, 10, false);
        test.pod("pod", 3);
        Call call = test.placeWaiting();
        test.pool.listed();

        test.writes.apply(test.writes.only());
        assertThat(claimOf(call)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void aFreedSlotGoesToTheHighestPriorityThenToTheEarliest() {
        Pod<String> pod = test.pod("pod", 1, Map.of("region", "eu"));
        test.place();
        test.writes.applyAll();
        Call other = test.place(
                request -> patient(request).selectors(Map.of("region", "us")).priority(9));
        Call early = test.placeWaiting();
        Call late = test.placeWaiting();
        Call high = test.place(request -> patient(request).priority(1));
        List<Call> served = new ArrayList<>();
        for (long version = 2; version <= 6; version += 2) {
            test.pool.slotSeen(pod, 0, version);
            Reservation<String> next = test.writes.only();
            served.add(next.call());
            test.writes.apply(next);
        }

        assertThat(served).containsExactly(high, early, late);
        assertThat(other.isSettled()).isFalse();
        test.pool.withdraw(other, false);
        test.assertNoResidue(1);
    }

    @Test
    void aNewcomerTakesNothingThatAWaiterCouldHaveHad() {
        Pod<String> pod = test.pod("pod", 1);
        test.place();
        test.writes.applyAll();
        Call waiter = test.placeWaiting();
        test.pool.slotSeen(pod, 0, 2);
        Call newcomer = test.place(request -> request.priority(5));

        test.writes.applyAll();
        assertThat(claimOf(waiter)).isNotNull();
        assertThat(errorOf(newcomer)).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void waitersGetTheRoomOfAPodThatComesOrIsReadyAgainOrMatchesNow() {
        Call first = test.placeWaiting();
        Pod<String> pod = test.pod("pod", 3, Map.of());
        Call second = test.place(request -> patient(request).selectors(Map.of("map", "dust")));
        test.update(pod, PodState.NOT_READY, Map.of());
        test.update(pod, PodState.READY, Map.of("map", "dust"));
        test.update(pod, PodState.NOT_READY, Map.of("map", "dust"));
        Call third = test.placeWaiting();
        assertThat(test.waiting()).isEqualTo(1);
        test.update(pod, PodState.READY, Map.of("map", "dust"));

        test.writes.applyAll();
        assertThat(List.of(first, second, third))
                .allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
        test.assertNoResidue(3);
    }

    @Test
    void aPodThatDrainsOrIsGoneGetsNoNewSession() {
        Pod<String> draining = test.pod("draining", 1);
        test.update(draining, PodState.DRAINING, Map.of());
        Pod<String> gone = test.pod("gone", 1);
        test.pool.remove(gone);
        test.update(gone, PodState.READY, Map.of());

        assertThat(errorOf(test.place()))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(error.pods()).isEqualTo(new PodCounts(1, 0, 0, 0, 1, 0)));
    }

    @Test
    void olderNewsChangesNothing() {
        Pod<String> pod = test.pool.pod("pod", "pod", new long[1]);
        test.pool.update(pod, 2, PodState.DRAINING, Map.of());
        test.pool.update(pod, 1, PodState.READY, Map.of());
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);

        test.pool.update(pod, 3, PodState.READY, Map.of());
        test.pool.slotSeen(pod, 0, 3);
        test.pool.slotSeen(pod, 0, 2);
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void whenTheWaitingRoomIsFullTheLeastUrgentHasToLeave() {
        test = new TestPool(GroupLimit.NONE, Placement.PACKED, 2, true);
        Call low = test.placeWaiting();
        Call high = test.place(request -> patient(request).priority(1));
        Call late = test.placeWaiting();
        assertThat(errorOf(late)).isInstanceOf(NoCapacityException.class);
        Call urgent = test.place(request -> patient(request).priority(2));
        assertThat(errorOf(low)).isInstanceOf(NoCapacityException.class);

        assertThat(test.waiting()).isEqualTo(2);
        assertThat(high.isSettled() || urgent.isSettled()).isFalse();
    }

    @Test
    void whoWaitsBehindAFullBatchIsNotRefused() {
        test = new TestPool(new GroupLimit(1, Duration.ZERO, 16));
        test.pod("pod", 3);
        test.place();
        test.place();
        Call blocked = test.place();
        assertThat(blocked.isSettled()).isFalse();

        test.writes.applyAll();
        assertThat(claimOf(blocked)).isNotNull();
        test.assertNoResidue(3);
    }

    @Test
    void whoDoesNotWaitTakesNobodysSeat() {
        test = new TestPool(GroupLimit.NONE, Placement.PACKED, 1, true);
        Call waiter = test.placeWaiting();
        Call urgent = test.place(request -> request.priority(9));
        assertThat(errorOf(urgent)).isInstanceOf(NoCapacityException.class);
        assertThat(waiter.isSettled()).isFalse();

        Call second = test.placeWaiting();
        assertThat(errorOf(second))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining("1 requests were waiting already");
        assertThat(waiter.isSettled()).isFalse();
    }

    @Test
    void whoWaitedBehindAFullBatchIsRefusedWhenItLeavesNoRoom() {
        test = new TestPool(new GroupLimit(1, Duration.ZERO, 16));
        Pod<String> pod = test.pod("pod", 3);
        test.place();
        test.place();
        Call first = test.place();
        Call second = test.place();
        assertThat(second.isSettled()).isFalse();
        test.writes.applyAll();
        assertThat(claimOf(first)).isNotNull();
        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(3);

        test.pool.slotSeen(pod, 0, 2);
        test.pool.slotSeen(pod, 1, 2);
        test.pool.slotSeen(pod, 2, 2);
        test.place();
        test.place();
        Call third = test.place();
        test.pool.remove(pod);
        assertThat(errorOf(third)).isInstanceOf(NoCapacityException.class);
    }

    /** That each looked at all the others took a minute. */
    @Test
    @Timeout(20)
    void thousandsThatCannotBeRefusedYetDoNotHoldEachOtherUp() {
        int callers = 20_000;
        test = new TestPool(TestPool.GROUPS, Placement.PACKED, callers, true);
        test.pod("pod", 1);
        test.place();
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            calls.add(test.place());
        }
        assertThat(test.waiting()).isEqualTo(callers);

        test.writes.applyAll();
        assertThat(calls).allMatch(Call::isSettled);
        test.assertNoResidue(1);
    }

    @Test
    void aCallThatWasGivenUpIsNotServed() {
        Call gone = test.placeWaiting();
        Call waiter = test.placeWaiting();
        test.giveUp(gone);
        test.pod("pod", 1);

        assertThat(test.writes.only().call()).isSameAs(waiter);
        assertThat(test.waiting()).isZero();
    }

    @Test
    void aLateAnswerForACallThatIsOverIsGivenBack() {
        test.pod("pod", 1);
        Call call = test.place();
        call.abandon();
        Claim late = test.writes.apply(test.writes.only());

        assertThat(test.writes.givenBack).containsExactly(late);
        test.assertNoResidue(1);
    }

    @Test
    void statusCountsReadyPodsTheirSlotsAndWhatIsHeldAnywhere() {
        Pod<String> ready = test.pod("ready", 3);
        Pod<String> draining = test.pod("draining", 2);
        Pod<String> gone = test.pod("gone", 5);
        test.pool.slotSeen(ready, 2, 1);
        test.pool.slotSeen(draining, 0, 7);
        test.pool.slotSeen(gone, 0, 1);
        test.update(draining, PodState.DRAINING, Map.of());
        test.pool.remove(gone);
        test.place(request -> patient(request).selectors(Map.of("region", "nowhere")));

        assertThat(test.pool.status(Optional.of(Duration.ZERO)))
                .isEqualTo(new PoolStatus(
                        "duel",
                        OptionalInt.of(1),
                        OptionalInt.of(3),
                        OptionalInt.of(2),
                        OptionalInt.of(2),
                        1,
                        Optional.of(Duration.ZERO)));
        test.update(ready, PodState.READY, Map.of("map", "dust"));
        assertThat(test.pool.status(Optional.empty()).capacity()).hasValue(3);
        assertThat(test.pool.status(Optional.empty()).claimed()).hasValue(2);
    }

    @Test
    void beforeItsPodsWereListedAPoolKnowsNoNumbers() {
        TestPool unlisted = new TestPool(TestPool.GROUPS, Placement.PACKED, 10, false);
        unlisted.pod("pod", 3);
        PoolStatus before = unlisted.pool.status(Optional.empty());
        assertThat(before.readyPods()).isEmpty();
        assertThat(before.capacity()).isEmpty();
        assertThat(before.claimed()).isEmpty();
        assertThat(before.free()).isEmpty();

        unlisted.pool.listed();
        assertThat(unlisted.pool.status(Optional.empty()).free()).hasValue(3);
    }

    @Test
    void anAllocatorBeginsAtASlotOfItsOwn() {
        Pool.Rules rules = new Pool.Rules(Placement.PACKED, GroupLimit.NONE, 10, 7);
        Pool<String> pool = new Pool<>(TestPool.settings(rules, test.time), test.writes);
        pool.listed();
        pool.update(pool.pod("pod", "pod", new long[5]), 1, PodState.READY, Map.of());
        List<Integer> slots = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            pool.place(new Call(AllocateReq.of("duel"), null, pool, i, 0));
            slots.add(test.writes.only().slot());
        }

        assertThat(slots).containsExactly(2, 3, 4, 0, 1);
    }
}
