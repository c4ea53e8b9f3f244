package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RankTest {

    private static final GroupLimit GROUPS = new GroupLimit(3, Duration.ofMillis(10), 16);

    private TestPool test = new TestPool(GroupLimit.NONE);

    @Test
    void packedFillsThePodsOfTheLowestRankFirst() {
        test.pod("unranked", 2);
        Pod<String> others = test.pod("others", 1);
        Pod<String> preferred = test.pod("preferred", 3);
        test.pool.rank(preferred, PodRank.PREFERRED);
        test.pool.rank(others, PodRank.LEFT_TO_OTHERS);

        assertThat(podsOf(6)).containsExactly("preferred", "preferred", "preferred", "unranked", "unranked", "others");
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);
    }

    @ParameterizedTest
    @EnumSource
    void aPodThatIsAboutToBeEmptiedIsTakenLastAndRefusesNobody(Placement placement) {
        test = new TestPool(GroupLimit.NONE, placement, 10, true);
        test.pool.rank(test.pod("leaving", 4), PodRank.LEAVING);
        test.pool.rank(test.pod("refusing", 8), PodRank.REFUSING);
        test.pool.rank(test.pod("others", 1), PodRank.LEFT_TO_OTHERS);
        test.pod("unranked", 1);

        List<String> all = podsOf(14);
        assertThat(all.subList(2, 10)).containsOnly("refusing");
        assertThat(all.subList(10, 14)).containsOnly("leaving");
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);
    }

    /** What gathers for the others is too old, and departs in a moment. */
    @Test
    void itIsTakenLastBesidePodsWhoseBatchesAreOldToo() {
        test = new TestPool(GROUPS, Placement.SPREAD, 10, true);
        test.pool.rank(test.pod("leaving", 9), PodRank.LEAVING);
        test.pod("staying", 9);
        test.place();
        List<Reservation<String>> first = test.writes.next();
        test.place();
        test.time.advance(Duration.ofMillis(11));
        test.place();
        assertThat(test.writes.underWay).isEmpty();

        first.forEach(test.writes::apply);
        assertThat(test.writes.next()).hasSize(2).allMatch(each -> podOf(each).equals("staying"));
    }

    @Test
    void ofOneRankTheFullestIsFilledFirst() {
        test.pool.rank(test.pod("empty", 9), PodRank.PREFERRED);
        test.pool.rank(test.pod("full", 2), PodRank.PREFERRED);
        test.pod("fuller", 1);

        assertThat(podsOf(3)).containsExactly("full", "full", "empty");
    }

    @Test
    void aRankMayChangeAtAnyTimeAlsoBeforeThePodIsKnown() {
        test.pod("a", 4);
        Pod<String> late = test.pool.pod("late", "late", new long[9]);
        test.pool.rank(late, PodRank.PREFERRED);
        assertThat(podsOf(1)).containsExactly("a");
        test.update(late, PodState.READY, Map.of());
        assertThat(podsOf(1)).containsExactly("late");
        test.pool.rank(late, PodRank.LEFT_TO_OTHERS);
        assertThat(podsOf(1)).containsExactly("a");
        test.pool.rank(late, PodRank.PREFERRED);
        assertThat(podsOf(1)).containsExactly("late");

        test.pool.remove(late);
        test.pool.rank(late, PodRank.PREFERRED);
        assertThat(podsOf(1)).containsExactly("a");
    }

    @Test
    void spreadDoesNotLookAtRanks() {
        test = new TestPool(GroupLimit.NONE, Placement.SPREAD, 10, true);
        test.pool.rank(test.pod("preferred", 2), PodRank.PREFERRED);
        test.pool.rank(test.pod("others", 4), PodRank.LEFT_TO_OTHERS);

        assertThat(podsOf(2)).containsExactly("others", "others");
    }

    @Test
    void aPodThatOthersFillIsNotOpenedForAWriteThatTakesLong() {
        test = new TestPool(GROUPS);
        test.pool.rank(test.pod("preferred", 9), PodRank.PREFERRED);
        test.pool.rank(test.pod("others", 9), PodRank.LEFT_TO_OTHERS);
        test.place();
        List<Reservation<String>> first = test.writes.next();
        test.place();
        test.time.advance(Duration.ofMillis(11));
        test.place();
        assertThat(test.writes.underWay).isEmpty();

        first.forEach(test.writes::apply);
        assertThat(test.writes.next()).hasSize(2).allMatch(each -> podOf(each).equals("preferred"));
    }

    @Test
    void aPodOfRankOneIsOpenedForAWriteThatTakesLong() {
        test = new TestPool(GROUPS);
        test.pool.rank(test.pod("preferred", 9), PodRank.PREFERRED);
        test.pod("unranked", 9);
        test.pool.rank(test.pod("others", 9), PodRank.LEFT_TO_OTHERS);
        test.place();
        test.place();
        test.time.advance(Duration.ofMillis(11));
        test.place();

        assertThat(test.writes.underWay.stream().flatMap(List::stream).map(RankTest::podOf))
                .containsExactly("preferred", "unranked");
    }

    @Test
    void noPodIsOpenedForAWriteThatTakesLongWhileNoWriterIsThereForIt() {
        test = new TestPool(new GroupLimit(100, Duration.ofMillis(10), 1));
        test.pod("pod", 9);
        test.pod("another", 9);
        test.place();
        List<Reservation<String>> first = test.writes.next();
        test.place();
        test.time.advance(Duration.ofMillis(11));
        test.place();

        first.forEach(test.writes::apply);
        assertThat(test.writes.next()).hasSize(2).allMatch(each -> podOf(each).equals(podOf(first.get(0))));
    }

    @Test
    void aPodThatOthersFillIsOpenedWhenNoBatchCanTakeMore() {
        test = new TestPool(GROUPS);
        test.pool.rank(test.pod("preferred", 9), PodRank.PREFERRED);
        test.pool.rank(test.pod("others", 9), PodRank.LEFT_TO_OTHERS);
        for (int i = 0; i < 5; i++) {
            test.place();
        }

        assertThat(test.writes.underWay.stream().flatMap(List::stream).map(RankTest::podOf))
                .containsExactly("preferred", "others");
    }

    @Test
    void aPodThatOthersFillIsTakenAPartAtATimeAndNobodyIsRefusedForThat() {
        test = new TestPool(GROUPS);
        test.pool.rank(test.pod("others", 8), PodRank.LEFT_TO_OTHERS);
        List<Call> calls = Stream.generate(test::place).limit(9).toList();

        List<Integer> batches = new ArrayList<>();
        while (!test.writes.underWay.isEmpty()) {
            assertThat(calls.subList(0, 8)).noneMatch(call -> call.outcome().isCompletedExceptionally());
            List<Reservation<String>> batch = test.writes.next();
            batches.add(batch.size());
            batch.forEach(test.writes::apply);
        }
        assertThat(batches.get(0)).isEqualTo(1);
        assertThat(batches).allMatch(size -> size <= 2);
        assertThat(calls.subList(0, 8))
                .allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
        assertThat(errorOf(calls.get(8))).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void aWriteThatTakesItsTimeDoesNotCloseAPodThatOthersFill() {
        test = new TestPool(GROUPS);
        test.pool.rank(test.pod("others", 4), PodRank.LEFT_TO_OTHERS);
        Call first = test.place();
        Reservation<String> delayed = test.writes.only();
        Call waiter = test.placeWaiting();
        assertThat(test.waiting()).as("a part is taken").isEqualTo(1);

        Reservation.delayed(List.of(delayed));
        assertThat(test.waiting()).isZero();
        test.writes.applyAll();
        assertThat(claimOf(waiter)).isNotNull();
        test.placeWaiting();
        test.writes.applyAll();
        delayed.failed(GroupCommitTest.error(Outcome.NOT_APPLIED));
        assertThat(errorOf(first)).isInstanceOf(BackendException.class);
        test.assertNoResidue(2);
    }

    @Test
    void pastItsAgeABatchGoesOnGatheringIfThereIsNoOtherPod() {
        test = new TestPool(GROUPS);
        test.pod("pod", 9);
        test.place();
        Reservation<String> first = test.writes.only();
        test.place();
        test.time.advance(Duration.ofMillis(11));
        Call late = test.placeWaiting();
        assertThat(test.waiting()).isZero();

        test.writes.apply(first);
        assertThat(test.writes.underWay.element()).hasSize(2);
        test.writes.applyAll();
        assertThat(claimOf(late)).isNotNull();
        test.assertNoResidue(3);
    }

    private List<String> podsOf(int calls) {
        return Stream.generate(test::place)
                .limit(calls)
                .peek(call -> test.writes.applyAll())
                .map(call -> claimOf(call).podName())
                .toList();
    }

    private static String podOf(Reservation<String> reservation) {
        return reservation.pod().name();
    }
}
