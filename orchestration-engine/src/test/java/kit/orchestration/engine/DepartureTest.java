package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.GROUPS;
import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static kit.orchestration.engine.TestPool.patient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import org.junit.jupiter.api.Test;

/** A write departs when all is placed that one piece of news or one answer leads to, and so carries it together. */
class DepartureTest {

    private TestPool test = new TestPool(GROUPS);

    @Test
    void whomAPodThatComesServesDepartsInOneWrite() {
        List<Call> waiters = waiters(50);
        test.pod("pod", 50);

        assertThat(test.writes.underWay).hasSize(1);
        assertThat(test.writes.underWay.element()).hasSize(50);
        test.writes.applyAll();
        assertThat(waiters).allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
        test.assertNoResidue(50);
    }

    /** By what each of them asks for, and what is free now or in a moment. */
    @Test
    void whetherThereIsRoomElsewhereIsKnownOfWhatDeparts() {
        test.pod("east", 3, Map.of("zone", "east"));
        test.pod("west", 1, Map.of("zone", "west"));
        test.place();
        List<Reservation<String>> west = test.writes.next();
        assertThat(west.get(0).pod().name()).isEqualTo("west");
        assertThat(Reservation.isRoomElsewhere(west)).isTrue();

        Call waits = test.place(request -> patient(request).selector("zone", "west"));
        assertThat(Reservation.isRoomElsewhere(west))
                .as("while somebody waits nobody has room")
                .isFalse();
        test.giveUp(waits);

        test.place(request -> request.selector("zone", "east"));
        List<Reservation<String>> east = test.writes.next();
        assertThat(Reservation.isRoomElsewhere(east)).as("it must go there").isFalse();
        east.forEach(test.writes::apply);

        test.place();
        assertThat(Reservation.isRoomElsewhere(test.writes.next()))
                .as("the other is full")
                .isFalse();
    }

    @Test
    void whoWaitedForTheListDepartsInOneWrite() {
        test = new TestPool(GROUPS, Placement.PACKED, 1_000, false);
        waiters(50);
        test.pod("a", 80);
        test.pod("b", 80);
        test.pool.listed();

        assertThat(test.writes.underWay).hasSize(1);
        assertThat(test.writes.underWay.element()).hasSize(50);
        test.writes.applyAll();
        test.assertNoResidue(50);
    }

    @Test
    void aWriteIsNoLargerThanItsBoundThoughMoreIsServedAtOnce() {
        test = new TestPool(new GroupLimit(20, Duration.ofMillis(10), 16));
        waiters(50);
        test.pod("pod", 50);

        List<Integer> sizes = IntStream.range(0, 3)
                .mapToObj(write -> {
                    List<Reservation<String>> batch = test.writes.next();
                    assertThat(test.writes.underWay).isEmpty();
                    batch.forEach(test.writes::apply);
                    return batch.size();
                })
                .toList();
        assertThat(sizes).containsExactly(20, 20, 10);
        test.assertNoResidue(50);
    }

    @Test
    void whatAnAnswerLeadsToDepartsWithWhatHasGathered() {
        Pod<String> pod = test.pod("pod", 3);
        test.pool.slotSeen(pod, 2, 1);
        test.place();
        Call gathered = test.place();
        Call waiter = test.place(TestPool::patient);
        test.writes.only().failed(GroupCommitTest.error(Outcome.NOT_APPLIED));

        assertThat(test.writes.next()).extracting(Reservation::call).containsExactly(gathered, waiter);
    }

    @Test
    void whoGetsTheSlotsThatOnePieceOfNewsFreesDepartsInOneWrite() {
        Pod<String> pod = test.pod("pod", 100);
        test.pool.slotsSeen(pod, versions(1));
        List<Call> waiters = waiters(50);
        test.pool.slotsSeen(pod, versions(2));

        assertThat(test.writes.underWay).hasSize(1);
        assertThat(test.writes.underWay.element()).extracting(Reservation::call).containsExactlyElementsOf(waiters);
        test.writes.applyAll();
        test.assertNoResidue(50);
    }

    @Test
    void ofTheNewsOfAllSlotsThatOfEachCountsByItsOwnVersion() {
        Pod<String> pod = test.pod("pod", 3);
        test.pool.slotSeen(pod, 0, 5);
        test.pool.slotsSeen(pod, new long[] {4, 3, 2});
        test.assertNoResidue(2);
        test.pool.slotsSeen(pod, new long[] {6, 2, 0});
        test.assertNoResidue(1);

        assertThatThrownBy(() -> test.pool.slotsSeen(pod, new long[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 slots of pod pod, had 2");
    }

    @Test
    void aBatchThatLostGoesOnInOneWrite() {
        Pod<String> full = test.pod("full", 5);
        test.place();
        List<Call> calls = waiters(4);
        test.writes.apply(test.writes.only());
        List<Reservation<String>> batch = test.writes.next();
        test.pod("other", 60);
        test.pool.slotsSeen(full, new long[] {1, 1, 1, 1, 1});
        Reservation.lostAll(batch);

        assertThat(test.writes.underWay).hasSize(1);
        assertThat(test.writes.underWay.element()).extracting(Reservation::call).containsExactlyElementsOf(calls);
        test.writes.applyAll();
        assertThat(calls).allSatisfy(call -> assertThat(claimOf(call).podName()).isEqualTo("other"));
        test.assertNoResidue(9);
    }

    @Test
    void whoLostTogetherIsPlacedByPriority() {
        Pod<String> pod = test.pod("pod", 4);
        test.place();
        Call low = test.place(TestPool::patient);
        Call high = test.place(request -> TestPool.patient(request).priority(1));
        test.writes.apply(test.writes.only());
        List<Reservation<String>> batch = test.writes.next();
        test.pool.slotsSeen(pod, new long[] {1, 1, 1, 0});
        Reservation.lostAll(batch);

        assertThat(test.writes.only().call()).isSameAs(high);
        assertThat(low.isSettled()).isFalse();
        assertThat(test.waiting()).isEqualTo(1);
    }

    @Test
    void ofThoseThatLostTogetherNoMoreWaitThanMay() {
        test = new TestPool(GROUPS, Placement.PACKED, 2, true);
        Pod<String> pod = test.pod("pod", 6);
        test.place();
        List<Call> calls = waiters(5);
        test.writes.apply(test.writes.only());
        List<Reservation<String>> batch = test.writes.next();
        test.pool.slotsSeen(pod, new long[] {1, 1, 1, 1, 1, 1});
        Reservation.lostAll(batch);

        assertThat(test.waiting()).isEqualTo(2);
        assertThat(calls).filteredOn(call -> !call.isSettled()).containsExactly(calls.get(0), calls.get(1));
        assertThat(errorOf(calls.get(4))).hasMessageContaining("2 requests were waiting already");
    }

    @Test
    void aBatchThatWasWrittenIsAnsweredAtOnceAndEachCallHasItsClaim() {
        List<Call> calls = waiters(5);
        test.pod("pod", 5);
        List<Reservation<String>> batch = test.writes.next();
        calls.get(1).abandon();
        assertThat(batch).extracting(Reservation::isWanted).containsExactly(true, false, true, true, true);
        batch.get(2).failed(GroupCommitTest.error(Outcome.NOT_APPLIED));
        Reservation.appliedAll(batch, Writes::claim);

        assertThat(claimOf(calls.get(0)).sessionId()).isEqualTo(batch.get(0).sessionId());
        assertThat(claimOf(calls.get(4)).sessionId()).isEqualTo(batch.get(4).sessionId());
        assertThat(errorOf(calls.get(2))).isInstanceOf(BackendException.class);
        assertThat(test.writes.givenBack).containsExactly(Writes.claim(batch.get(1)), Writes.claim(batch.get(2)));
        test.assertNoResidue(5);
    }

    @Test
    void aClaimThatThrowsLeavesTheWholeBatchUnanswered() {
        List<Call> calls = waiters(2);
        test.pod("pod", 2);
        List<Reservation<String>> batch = test.writes.next();
        assertThatThrownBy(() -> Reservation.appliedAll(batch, reservation -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        Reservation.appliedAll(batch, Writes::claim);

        assertThat(calls).allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
        test.assertNoResidue(2);
    }

    @Test
    void whatIsAnsweredTogetherIsOfOneBatch() {
        waiters(2);
        test.pod("a", 1);
        test.pod("b", 1);
        List<Reservation<String>> both =
                test.writes.underWay.stream().flatMap(List::stream).toList();

        assertThatThrownBy(() -> Reservation.lostAll(both)).hasMessageContaining("were of pods a and b");
        Reservation.lostAll(List.<Reservation<String>>of());
        test.writes.applyAll();
        test.assertNoResidue(2);
    }

    @Test
    void twinsThatLookForTheirSessionsTogetherAndFindNoneDepartInOneWrite() {
        for (String id : List.of("x", "y", "z")) {
            test.place(request -> TestPool.patient(request).requestId(id));
        }
        test.pod("pod", 6);
        List<Reservation<String>> first = test.writes.next();
        List<Call> twins = Stream.of("x", "y", "z")
                .map(id -> test.place(request -> TestPool.patient(request).requestId(id)))
                .toList();
        Reservation.appliedAll(first, Writes::claim); // and nobody says that these sessions live

        assertThat(test.writes.underWay).hasSize(1);
        assertThat(test.writes.underWay.element()).extracting(Reservation::call).containsExactlyElementsOf(twins);
        test.writes.applyAll();
        test.assertNoResidue(6);
    }

    private static long[] versions(long version) {
        return LongStream.generate(() -> version).limit(100).toArray();
    }

    private List<Call> waiters(int number) {
        return Stream.generate(test::placeWaiting).limit(number).toList();
    }
}
