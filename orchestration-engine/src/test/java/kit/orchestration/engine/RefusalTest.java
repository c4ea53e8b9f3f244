package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static kit.orchestration.engine.TestPool.patient;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;
import org.junit.jupiter.api.Test;

/** When "no capacity" is said: not before it is certain, and on a busy pool too. */
class RefusalTest {

    private TestPool test = new TestPool(GroupLimit.NONE);

    // ---- a busy pool ----

    @Test
    void onABusyFullPoolNobodyWaitsForTheWritesOfOthersThatCameLater() {
        Pod<String> pod = test.pod("pod", 2);
        test.place();
        test.writes.applyAll();
        Call first = test.place();
        for (int i = 0; i < 10; i++) {
            test.place(request -> patient(request).priority(1));
        }
        Call newcomer = test.place();
        test.pool.slotSeen(pod, 0, 2);
        assertThat(test.writes.underWay).hasSize(2);
        assertThat(newcomer.isSettled()).isFalse();

        test.writes.apply(test.writes.next().get(0));
        assertThat(claimOf(first)).isNotNull();
        assertThat(errorOf(newcomer)).isInstanceOf(NoCapacityException.class);
        assertThat(test.writes.underWay).as("of one who came first").hasSize(1);
    }

    @Test
    void onABusyFullPoolABlockedSlotThatOthersTakeHoldsNobodyUp() {
        test = new TestPool(new GroupLimit(1, Duration.ofSeconds(1), 16));
        Pod<String> pod = test.pod("pod", 4);
        for (int i = 0; i < 10; i++) {
            test.place(request -> patient(request).priority(1));
        }
        Call newcomer = test.place();
        int writes = 0;
        while (!newcomer.isSettled() && writes < 100) {
            Reservation<String> written = test.writes.next().get(0);
            test.writes.apply(written);
            writes++;
            // Its session ends at once, and another one wants it who is more urgent than the newcomer.
            test.place(request -> patient(request).priority(1));
            test.pool.slotSeen(pod, written.slot(), written.version() + 2);
        }

        assertThat(errorOf(newcomer)).isInstanceOf(NoCapacityException.class);
        assertThat(writes).isLessThanOrEqualTo(5);
    }

    @Test
    void aBlockedSlotIsWaitedForThoughAsManyAreTakenOnAnotherPod() {
        test = new TestPool(new GroupLimit(1, Duration.ofSeconds(1), 16));
        Pod<String> other = test.pod("other", 3);
        for (int i = 0; i < 3; i++) {
            test.placeWaiting(); // the last one's slot is blocked once
        }
        test.writes.applyAll();
        test.pod("busy", 6);
        Call departed = test.place();
        List<Reservation<String>> first = test.writes.next();
        Call gathers = test.place();
        Call due = test.place();
        test.place(request -> patient(request).priority(1));
        first.forEach(test.writes::apply);
        List<Reservation<String>> second = test.writes.next();
        for (int turn = 1; turn <= 5; turn++) {
            test.place(request -> patient(request).priority(1));
            test.pool.slotSeen(other, 0, 2L * turn);
            test.writes.next().forEach(test.writes::apply);
        }
        test.place(request -> patient(request).priority(1));
        second.forEach(test.writes::apply);
        assertThat(due.isSettled()).as("of four blocked slots two are taken").isFalse();
        test.writes.applyAll();
        assertThat(List.of(departed, gathers, due))
                .allSatisfy(call -> assertThat(claimOf(call).podName()).isEqualTo("busy"));
        test.assertNoResidue(8);
    }

    @Test
    void whatIsUnderWayWhenTheTimeIsUpIsWaitedFor() {
        test.pod("pod", 1);
        Call first = test.place();
        Call second = test.place();
        assertThat(second.isSettled()).isFalse();
        test.writes.only().failed(GroupCommitTest.error(Outcome.NOT_APPLIED));

        assertThat(errorOf(first)).isInstanceOf(BackendException.class);
        test.writes.applyAll();
        assertThat(claimOf(second)).isNotNull();
    }

    /** What was found out of a pod that was not ready then is not so for ever. */
    @Test
    void whatIsUnderWayOnAPodThatIsReadyAgainIsWaitedForToo() {
        test = new TestPool(new GroupLimit(1, Duration.ofDays(1), 1));
        Pod<String> early = test.pod("early", 1, Map.of("pod", "early"));
        Pod<String> busy = test.pod("busy", 6, Map.of("pod", "busy"));
        test.place(request -> request.selector("pod", "early"));
        Reservation<String> first = test.writes.only();
        Reservation.delayed(List.of(first));
        for (int i = 0; i < 2; i++) {
            test.place(request -> request.selector("pod", "busy"));
        }
        for (int i = 0; i < 2; i++) {
            test.place(request -> patient(request).selector("pod", "busy").priority(9));
        }
        Call due = test.place();
        test.update(early, PodState.NOT_READY, Map.of("pod", "early"));
        test.writes.apply(test.writes.only());
        test.writes.apply(test.writes.only());

        test.update(early, PodState.READY, Map.of("pod", "early"));
        test.pool.slotSeen(busy, 4, 1);
        test.pool.slotSeen(busy, 5, 1);
        assertThat(due.isSettled()).isFalse();
        first.failed(new BackendException("refused", "duel", null, Outcome.NOT_APPLIED, true, null));
        test.writes.applyAll();
        assertThat(claimOf(due).podName()).isEqualTo("early");
        test.assertNoResidue(7);
    }

    /** It had ended when the proof did, and a pod of another allocator's gives them in portions. */
    @Test
    void whatHasGoneFreeByTheEndOfItsProofIsWaitedForThoughItIsBlocked() {
        Pod<String> pod = test.pod("others", 8);
        test.pool.rank(pod, PodRank.LEFT_TO_OTHERS);
        for (int slot = 0; slot < 8; slot++) {
            test.pool.slotSeen(pod, slot, 1);
        }
        test.writes.nextProof = 1;
        List<Call> calls = IntStream.range(0, 6).mapToObj(each -> test.place()).toList();
        for (int slot = 0; slot < 6; slot++) {
            test.pool.slotSeen(pod, slot, 2);
        }
        assertThat(test.writes.underWay).as("a portion").hasSize(2);
        test.writes.proven = 1;
        test.pool.look();
        for (int i = 0; i < 6; i++) {
            test.writes.applyAll();
        }
        assertThat(calls).allSatisfy(call -> assertThat(claimOf(call)).isNotNull());
    }

    // ---- a call whose time is over ----

    @Test
    void whoStillHasASeatWhenTheCallTimeIsOverIsToldThatThereIsNoRoom() {
        test.pod("pod", 1);
        Call hangs = test.place();
        Call seated = test.place();

        assertThat(test.pool.withdraw(seated, true)).as("nothing was written").isTrue();
        assertThat(errorOf(seated)).isInstanceOf(NoCapacityException.class);
        assertThat(test.pool.withdraw(hangs, true))
                .as("something may be written")
                .isFalse();
        assertThat(hangs.isSettled()).isFalse();
    }

    @Test
    void butNotWhileItIsNotKnown() {
        test.pod("pod", 1);
        test.place();
        test.writes.seesAll = false;
        assertThat(isRefusedAtTheEnd()).as("without a view").isFalse();
        test.writes.seesAll = true;
        test.writes.only().failed(GroupCommitTest.error(Outcome.UNKNOWN));
        Call twin = test.place(request -> request.requestId("r"));
        Call other = test.place(request -> request.requestId("r"));
        test.pool.withdraw(other, true);

        assertThat(other.isSettled()).as("while its twin is being written").isFalse();
        assertThat(twin.isSettled()).isFalse();
    }

    private boolean isRefusedAtTheEnd() {
        Call call = test.place();
        test.pool.withdraw(call, true);
        return call.isSettled();
    }

    @Test
    void theAllocatorTellsThemApartAtTheEndOfTheCallTimeout() {
        test.pod("pod", 1);
        AllocatorEngine engine =
                new TestAllocator(test.pool, test.time.timing(), Runnable::run, AllocatorListener.NONE).engine;
        var hangs = engine.allocateAsync(AllocateReq.of("duel"));
        var seated = engine.allocateAsync(AllocateReq.of("duel"));
        test.time.advance(TestAllocator.CALL_TIMEOUT);

        assertThat(hangs).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(BackendException.class);
        assertThat(seated)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(NoCapacityException.class);
    }

    // ---- proofs ----

    @Test
    void whoIsToBeRefusedWaitsForAProofThatBeginsAfterItCame() {
        test.pod("pod", 1);
        test.place();
        test.writes.applyAll();
        test.writes.nextProof = 7;
        test.writes.proven = 6;
        Call first = test.place();
        assertThat(test.writes.proofsAsked).isPositive();
        test.writes.nextProof = 8; // it has begun
        Call second = test.place();
        test.writes.proven = 7;
        test.pool.look();
        assertThat(errorOf(first)).isInstanceOf(NoCapacityException.class);
        assertThat(second.isSettled()).isFalse();

        test.writes.proofsAsked = 0;
        test.pool.look();
        assertThat(test.writes.proofsAsked).isEqualTo(1);
        test.writes.proven = 8;
        test.pool.look();
        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        assertThat(test.writes.proofsAsked).as("nobody waits").isEqualTo(1);
        test.assertNoResidue(1);
    }

    private Call outrun(int times, Consumer<Pod<String>> outrun) {
        Pod<String> pod = test.pod("pod", 2);
        test.pool.slotsSeen(pod, new long[] {1, 1});
        test.writes.nextProof = 1;
        Call call = test.place();
        for (int i = 0; i < times; i++) {
            outrun.accept(pod);
            test.writes.proven++;
            test.writes.nextProof++;
            test.pool.look();
            assertThat(call.isSettled()).isEqualTo(i >= 4);
        }
        return call;
    }

    /** As many sessions may have ended meanwhile as others were given: they are not written yet. */
    @Test
    void whoWasOutrunByCallersOfOtherAllocatorsWaitsForAnotherProof() {
        AtomicInteger version = new AtomicInteger(1);
        Call call = outrun(1, pod -> test.pool.slotSeen(pod, 0, version.addAndGet(2)));
        test.writes.proven++;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(2);
    }

    @Test
    void whoWasOutrunOnTheWayDoesSoToo() {
        Call call = outrun(1, pod -> {
            test.pool.slotSeen(pod, 0, 2);
            Reservation<String> tried = test.writes.only();
            test.pool.slotSeen(pod, 0, 3);
            tried.lost();
        });
        test.writes.proven++;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(2);
    }

    @Test
    void whoWasOutrunBeforeItsWriteHadDepartedDoesSoToo() {
        test = new TestPool(new GroupLimit(1, Duration.ofSeconds(1), 16));
        Pod<String> pod = test.pod("pod", 3);
        test.pool.slotsSeen(pod, new long[] {0, 1, 1});
        test.writes.nextProof = 1;
        test.place();
        Reservation<String> first = test.writes.only();
        Call call = test.place();
        test.pool.slotSeen(pod, 1, 2);
        assertThat(test.writes.underWay).as("it gathers").isEmpty();
        test.pool.slotSeen(pod, 1, 3);
        test.writes.apply(first);
        test.writes.proven = 1;
        test.writes.nextProof = 2;
        test.pool.look();
        assertThat(call.isSettled()).isFalse();
        test.writes.proven = 2;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
    }

    /** What is waited for then is that it may be luckier; it is certain already. */
    @Test
    void whoWasOutrunAndWhoseTimeIsOverIsToldThatThereIsNoRoom() {
        AtomicInteger version = new AtomicInteger(1);
        Call call = outrun(1, pod -> test.pool.slotSeen(pod, 0, version.addAndGet(2)));
        test.pool.withdraw(call, true);
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
    }

    /** As to a pod that closes. */
    @Test
    void whatWasLostToNobodyIsNoReasonTo() {
        Pod<String> pod = test.pod("pod", 1);
        test.writes.nextProof = 1;
        Call call = test.place();
        Reservation<String> tried = test.writes.only();
        test.update(pod, PodState.DRAINING, Map.of());
        tried.lost();
        test.writes.proven = 1;
        test.writes.nextProof = 2;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void butIsRefusedAfterTheFifth() {
        AtomicInteger version = new AtomicInteger(1);
        assertThat(errorOf(outrun(5, pod -> test.pool.slotSeen(pod, 0, version.addAndGet(2)))))
                .isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(2);
    }

    /** They came first, or are more urgent. */
    @Test
    void whoIsOvertakenByCallersOfTheSameAllocatorWaitsForNoOther() {
        Pod<String> pod = test.pod("pod", 1);
        test.pool.slotSeen(pod, 0, 1);
        test.writes.nextProof = 1;
        Call urgent = test.place(request -> patient(request).priority(1));
        Call call = test.place();
        test.pool.slotSeen(pod, 0, 2);
        test.writes.applyAll();
        assertThat(claimOf(urgent)).isNotNull();
        test.pool.slotSeen(pod, 0, 3);
        test.writes.proven = 1;
        test.writes.nextProof = 2;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
    }

    /** A proof that is written into a pod is news of it: who waits for the proof is sent there, in vain, by each. */
    @Test
    void whoWasSentToAPodInVainWaitsForNoLaterProof() {
        Pod<String> pod = test.pod("pod", 2);
        test.writes.nextProof = 1;
        Call call = test.place(RefusalTest::large);
        test.writes.only().unfit();
        test.writes.nextProof = 2; // it has begun
        test.update(pod, PodState.READY, Map.of());
        test.writes.only().unfit();
        test.writes.proven = 1;
        test.pool.look();
        assertThat(errorOf(call)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(0);
    }

    @Test
    void whoseTimeIsOverBeforeItIsProvenIsNotToldThatThereIsNoRoom() {
        test.pod("pod", 1);
        test.place();
        test.writes.applyAll();
        test.writes.nextProof = 1;
        Call call = test.place();
        test.pool.withdraw(call, true);
        assertThat(call.isSettled()).isFalse();
        call.abandon();
        test.assertNoResidue(1);
    }

    // ---- a pod that is unfit for a call ----

    @Test
    void aCallGoesOnWithOtherPodsWhenOneIsUnfitForIt() {
        test.pod("small", 2);
        test.pod("large", 5);
        Call call = test.place(RefusalTest::large);
        test.writes.only().unfit();

        assertThat(test.writes.underWay.element().get(0).pod().name()).isEqualTo("large");
        test.writes.applyAll();
        assertThat(claimOf(call).podName()).isEqualTo("large");
        Call other = test.place(RefusalTest::large);
        test.writes.applyAll();
        assertThat(claimOf(other).podName()).isEqualTo("large");
        test.assertNoResidue(2);
    }

    /** If the small ones took each byte that goes free, the large one would wait for ever. */
    @Test
    void whoBringsLessDoesNotOvertakeOneThatThePodHadNoRoomFor() {
        Pod<String> tight = test.pod("tight", 3);
        test.place();
        test.writes.applyAll();
        Call large = test.place(request -> patient(large(request)).priority(1));
        test.writes.only().unfit();
        Call small = test.placeWaiting();
        assertThat(errorOf(test.place())).isInstanceOf(NoCapacityException.class);
        assertThat(test.writes.underWay).isEmpty();

        test.pool.slotSeen(tight, 0, 2);
        test.writes.applyAll();
        assertThat(claimOf(large)).isNotNull();
        assertThat(claimOf(small)).isNotNull();
        test.assertNoResidue(2);
    }

    @Test
    void whenEveryPodIsUnfitOrFullThereIsNoCapacity() {
        test.pod("unfit", 2);
        test.pod("full", 9);
        test.pool.slotsSeen(test.pod("third", 1), new long[] {1});
        Call call = test.place();
        test.writes.only().unfit();
        test.writes.only().unfit();

        assertThat(errorOf(call)).isInstanceOfSatisfying(NoCapacityException.class, error -> {
            assertThat(error.reason()).isEqualTo(Reason.POOL_FULL);
            assertThat(error.pods()).isEqualTo(PodCounts.builder(3).full(3).build());
        });
        test.assertNoResidue(1);
    }

    @Test
    void aWaiterComesBackWhenSomethingHasGoneFree() {
        Pod<String> pod = test.pod("pod", 3);
        Call held = test.place();
        test.writes.applyAll();
        Call waiter = test.place(request -> patient(large(request)));
        test.writes.only().unfit();
        test.pool.slotSeen(pod, 2, 2);
        assertThat(test.writes.underWay).as("nothing went free").isEmpty();

        test.pool.slotSeen(pod, 0, 2);
        test.writes.applyAll();
        assertThat(claimOf(held)).isNotNull();
        assertThat(claimOf(waiter).podName()).isEqualTo("pod");
        test.assertNoResidue(1);
    }

    /** What was to be written together may be what had left no room. */
    @Test
    void aWaiterComesBackWhenAWriteThereComesToNothing() {
        test.pod("pod", 3);
        Call fails = test.placeWaiting();
        Call waiter = test.place(request -> patient(large(request)));
        Reservation<String> first = test.writes.next().get(0);
        test.writes.only().unfit();
        first.failed(new BackendException("refused", "duel", null, Outcome.NOT_APPLIED, true, null));
        test.writes.applyAll();
        assertThat(errorOf(fails)).isInstanceOf(BackendException.class);
        assertThat(claimOf(waiter)).isNotNull();

        Call loses = test.placeWaiting();
        Call second = test.place(request -> patient(large(request)));
        first = test.writes.next().get(0);
        test.writes.only().unfit();
        first.lost();
        test.writes.applyAll();
        assertThat(claimOf(loses)).isNotNull();
        assertThat(claimOf(second)).isNotNull();
        test.assertNoResidue(3);
    }

    @Test
    void aWaiterComesBackWhenThePodIsToldAnew() {
        Pod<String> pod = test.pod("pod", 3);
        Call waiter = test.place(request -> patient(large(request)));
        test.writes.only().unfit();
        test.update(pod, PodState.READY, Map.of());
        test.writes.applyAll();
        assertThat(claimOf(waiter)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void whatIsUnfitForOneTryOfARequestIsSoForAll() {
        test.pod("unfit", 2);
        Call first = test.place(request -> patient(request).requestId("r"));
        Call second = test.place(request -> request.requestId("r"));
        test.writes.only().unfit();

        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        Call third = test.place(request -> patient(request).requestId("r"));
        test.giveUp(first);
        assertThat(test.writes.underWay).isEmpty();
        test.giveUp(third);
        test.assertNoResidue(0);
    }

    private static AllocateReq.Builder large(AllocateReq.Builder request) {
        return request.annotation("map", "a long one");
    }
}
