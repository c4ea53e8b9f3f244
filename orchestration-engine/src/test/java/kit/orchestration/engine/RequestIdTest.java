package kit.orchestration.engine;

import static kit.orchestration.engine.TestPool.GROUPS;
import static kit.orchestration.engine.TestPool.claimOf;
import static kit.orchestration.engine.TestPool.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.RequestConflictException;
import org.junit.jupiter.api.Test;

class RequestIdTest {

    private final TestPool test = new TestPool(GROUPS);

    @Test
    void triesThatRunTogetherGetOneSessionAlsoWithOneSlot() {
        test.pod("pod", 1);
        List<Call> tries = Stream.generate(this::retry).limit(5).toList();
        assertThat(tries).noneMatch(Call::isSettled);

        test.writes.apply(test.writes.only());
        assertThat(tries.stream().map(TestPool::claimOf).distinct()).hasSize(1);
        test.assertNoResidue(1);
    }

    @Test
    void whereThereIsMoreRoomTriesThatRunTogetherStillMakeOneWrite() {
        test.pod("pod", 5);
        List<Call> tries = Stream.generate(this::retry).limit(5).toList();
        Claim claim = test.writes.apply(test.writes.only());

        assertThat(test.writes.underWay).isEmpty();
        assertThat(tries).allSatisfy(each -> assertThat(claimOf(each)).isEqualTo(claim));
        test.assertNoResidue(1);
    }

    @Test
    void aRetryGetsTheSessionThatLives() {
        test.pod("pod", 2);
        Call first = retry();
        test.writes.applyAll();
        Call second = retry();

        assertThat(claimOf(second)).isEqualTo(claimOf(first));
        test.assertNoResidue(1);
    }

    @Test
    void anIdWithOtherContentsIsAConflict() {
        test.pod("pod", 2);
        retry();
        Call other = test.place(request -> request.requestId("r").annotations(Map.of("map", "dust")));
        test.writes.applyAll();
        Call later = test.place(request -> request.requestId("r").annotations(Map.of("map", "lake")));

        assertThat(errorOf(other)).isInstanceOf(RequestConflictException.class);
        assertThat(errorOf(later)).isInstanceOf(RequestConflictException.class);
        test.assertNoResidue(1);
    }

    @Test
    void whateverTheLookForItsSessionFailsWithTheCallFailsWith() {
        test.pod("pod", 1);
        test.writes.blind = GroupCommitTest.error(Outcome.NOT_APPLIED);
        Call call = retry();

        assertThat(errorOf(call)).isSameAs(test.writes.blind);
        test.assertNoResidue(0);
    }

    @Test
    void aSessionThatHasEndedMeanwhileIsNoAnswer() {
        test.pod("pod", 1);
        test.writes.looksLong = CompletableFuture.completedFuture(null);
        Call ended = retry();
        test.writes.apply(test.writes.only());

        assertThat(claimOf(ended)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void aSessionThatEndsLaterIsNoAnswerEither() {
        test.pod("pod", 1);
        CompletableFuture<Claim> look = new CompletableFuture<>();
        test.writes.looksLong = look;
        Call first = retry();
        assertThat(test.writes.underWay).isEmpty();

        look.complete(null);
        Call second = retry();
        test.writes.apply(test.writes.only());
        assertThat(claimOf(first)).isEqualTo(claimOf(second));
        test.assertNoResidue(1);
    }

    @Test
    void whenOneTryFailsTheNextIsMade() {
        test.pod("pod", 1);
        Call first = retry();
        Call second = retry();
        Call third = retry();
        test.writes.only().failed(new BackendException("refused", "duel", null, Outcome.NOT_APPLIED, true, null));

        assertThat(errorOf(first)).isInstanceOf(BackendException.class);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(second)).isSameAs(claimOf(third));
        test.assertNoResidue(1);
    }

    @Test
    void whenTheOnlySlotIsLostAllTriesAreTold() {
        Pod<String> pod = test.pod("pod", 1);
        Call first = retry();
        Call second = retry();
        test.pool.slotSeen(pod, 0, 1);
        test.writes.only().lost();

        assertThat(errorOf(first)).isInstanceOf(NoCapacityException.class);
        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(1);
    }

    @Test
    void whenTheFirstTryWasLostOneOfTheOthersMayTakeItsPlace() {
        Pod<String> pod = test.pod("pod", 2);
        Call first = retry();
        Call second = retry();
        first.abandon();
        Reservation<String> reservation = test.writes.only();
        test.pool.slotSeen(pod, reservation.slot(), 1);
        reservation.lost();

        test.writes.apply(test.writes.only());
        assertThat(claimOf(second)).isNotNull();
        test.assertNoResidue(2);
    }

    @Test
    void aTryThatIsGivenUpLeavesTheOthersTheirSession() {
        test.pod("pod", 1);
        Call first = retry();
        Call second = retry();
        first.abandon();
        Claim claim = test.writes.apply(test.writes.only());

        assertThat(claimOf(second)).isEqualTo(claim);
        assertThat(test.writes.givenBack).containsExactly(claim);
        test.assertNoResidue(1);
    }

    @Test
    void aTryWithoutMaxWaitIsRefusedWhenItsTwinFailedAndTheRoomIsGone() {
        Pod<String> pod = test.pod("pod", 1);
        retry();
        Call second = retry();
        test.update(pod, PodState.DRAINING, Map.of());
        assertThat(second.isSettled()).isFalse();
        test.writes.only().failed(new BackendException("refused", "duel", null, Outcome.NOT_APPLIED, true, null));

        assertThat(errorOf(second)).isInstanceOf(NoCapacityException.class);
        test.assertNoResidue(0);
    }

    @Test
    void whoWaitsForRoomGetsTheSessionThatAnotherAllocatorClaims() {
        Call waiter = test.place(request -> TestPool.patient(request).requestId("r"));
        assertThat(test.waiting()).isEqualTo(1);
        Pod<String> elsewhere = test.pool.pod("elsewhere", "elsewhere", new long[1]);
        AllocateReq request = waiter.request();
        Claim claim = Writes.claim(waiter.request(), elsewhere, 0, "theirs");
        test.writes.lives(request, claim);
        test.pool.requestSeen("r");

        assertThat(claimOf(waiter)).isEqualTo(claim);
        test.assertNoResidue(0);
    }

    /** The other one was faster: two tries of one request, through two allocators, for the last slot. */
    @Test
    void whoLosesASlotWhileItsSessionCameToLiveLooksForItWithAllThatWaitForIt() {
        Pod<String> pod = test.pod("pod", 1);
        Call first = retry();
        Call follower = test.place(request -> TestPool.patient(request).requestId("r"));
        Claim claim = Writes.claim(first.request(), pod, 0, "theirs");
        test.writes.lives(first.request(), claim);
        test.pool.requestSeen("r");
        assertThat(first.isSettled()).isFalse();

        test.pool.slotsSeen(pod, new long[] {1});
        test.writes.only().lost();

        assertThat(claimOf(first)).isEqualTo(claim);
        assertThat(claimOf(follower)).isEqualTo(claim);
        test.assertNoResidue(1);
    }

    @Test
    void aTryThatIsToldOfASessionAlreadyOverWaitsOn() {
        Call waiter = test.place(request -> TestPool.patient(request).requestId("r"));
        test.pool.requestSeen("r");
        assertThat(waiter.isSettled()).isFalse();
        assertThat(test.waiting()).isEqualTo(1);

        test.pod("pod", 1);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(waiter)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void whoCameFirstIsInNoConflictWithALaterTryThatComesWhileItLooksAgain() {
        Call first = test.place(request -> TestPool.patient(request).requestId("r"));
        List<Call> later = new ArrayList<>();
        test.writes.duringLook = () -> later.add(otherContents());
        test.pool.requestSeen("r");

        assertThat(first.isSettled()).isFalse();
        assertThat(errorOf(later.get(0))).isInstanceOf(RequestConflictException.class);
        test.pod("pod", 1);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(first)).isNotNull();
        test.assertNoResidue(1);
    }

    @Test
    void whoIsGoneIsInNobodysWayThoughItsLookIsNotOver() {
        Call first = test.place(request -> TestPool.patient(request).requestId("r"));
        List<Call> later = new ArrayList<>();
        test.writes.duringLook = () -> {
            test.giveUp(first);
            later.add(otherContents());
        };
        test.pool.requestSeen("r");

        test.pod("pod", 1);
        test.writes.apply(test.writes.only());
        assertThat(claimOf(later.get(0))).isNotNull();
        test.assertNoResidue(1);
    }

    private Call otherContents() {
        return test.place(request -> TestPool.patient(request).requestId("r").annotations(Map.of("map", "dust")));
    }

    private Call retry() {
        return test.place(request -> request.requestId("r"));
    }
}
