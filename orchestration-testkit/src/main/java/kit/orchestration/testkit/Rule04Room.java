package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 4: a request whose selectors match pods with room succeeds. */
interface Rule04Room extends ContractTests {

    @Test
    @Rule("4.1")
    @Quote({"arbitrary key/value labels that backends use to filter eligible pods", "every pair must match"})
    default void rule04_aRequestThatMatchesRoomGetsAPodWithEveryPair() throws Exception {
        world().pod(9, Map.of("region", "eu"));
        world().pod(9, Map.of("map", "desert"));
        World.Pod both = world().pod(9, Map.of("region", "eu", "map", "desert", "tier", "1"));
        world().pod(9, Map.of("region", "us", "map", "desert"));
        AllocateReq req = world().request()
                .selectors(Map.of("region", "eu", "map", "desert"))
                .build();

        for (int i = 0; i < 9; i++) {
            Allocation allocation = world().allocator().allocate(req);
            assertThat(allocation.annotations()).containsEntry(Allocation.POD_ANNOTATION, both.name());
        }
        world().refused(req);
        assertThat(world().held()).extracting(HeldSlot::pod).containsOnly(both.name());
    }

    @Test
    @Rule("4.2")
    @Quote("no capacity")
    default void rule04_aFullPoolRefusesAtOnceAndSaysWhatWasSeen() throws Exception {
        assertThat(refusalOfAFullPool().pods())
                .isEqualTo(PodCounts.builder(4)
                        .notMatching(1)
                        .notReady(1)
                        .draining(1)
                        .full(1)
                        .build());
    }

    /** What holds at least, where the backend does not show its pods. For an override of the test above. */
    default void aFullPoolRefusesAndCountsNothing() throws Exception {
        assertThat(refusalOfAFullPool().pods()).isEqualTo(PodCounts.NONE);
    }

    private NoCapacityException refusalOfAFullPool() throws Exception {
        world().pod(1, Map.of("region", "eu"));
        world().pod(1, Map.of("region", "us"));
        World.Pod draining = world().pod(1, Map.of("region", "eu"));
        draining.hooks().drain();
        World.Pod unready = world().pod(1, Map.of("region", "eu"));
        unready.hooks().unready();
        world().settle();
        AllocateReq req = world().request().selectors(Map.of("region", "eu")).build();
        world().allocator().allocate(req);

        NoCapacityException refusal = world().refused(req);

        assertThat(refusal.request()).contains(req);
        assertThat(refusal.pool()).isEqualTo(world().pool());
        return refusal;
    }

    @Test
    @Rule("4.2")
    default void rule04_aFullPoolWhoseSlotsChangeHandsRefusesAtOnceWhoeverIsLessUrgent() throws Exception {
        try (BusyPool busy = new BusyPool(world())) {
            int before = busy.turns();
            for (int round = 0; round < world().times(300); round++) {
                NoCapacityException refusal =
                        world().refusedAtOnce(world().allocator(), AllocateReq.of(world().pool()));
                assertThat(refusal.reason()).isEqualTo(NoCapacityException.Reason.POOL_FULL);
            }
            busy.awaitTurns(world().times(100));
            List<NoCapacityException> refusals = Racers.race(
                    4,
                    racer -> world().refusedAtOnce(
                                    world().allocator(),
                                    world().request().priority(racer).build()));
            assertThat(refusals).hasSize(4);
            assertThat(busy.turns()).isGreaterThan(before);
        }
    }

    /** What holds at least, where a newcomer may overtake (rule 5.3). For an override of the test above. */
    default void onABusyPoolWhoeverIsLessUrgentIsAnsweredAndMayBeRefused() throws Exception {
        try (BusyPool busy = new BusyPool(world())) {
            int refused = 0;
            for (int round = 0; round < world().times(300); round++) {
                try {
                    Allocation lucky = world().allocator().allocate(AllocateReq.of(world().pool()));
                    world().allocator().release(lucky);
                } catch (NoCapacityException full) {
                    assertThat(full.reason()).isEqualTo(NoCapacityException.Reason.POOL_FULL);
                    refused++;
                }
            }
            assertThat(refused).isPositive();
            busy.awaitTurns(world().times(100));
        }
    }

    @Test
    @Rule("4.2")
    default void rule04_selectorsThatNoPodHasAreNoCapacity() throws Exception {
        assertThat(refusalOnMars().pods().notMatching()).isEqualTo(1);
        world().allocate();
    }

    /** What holds at least, where the backend does not show its pods. For an override of the test above. */
    default void selectorsThatNoPodHasAreNoCapacityAndCountNothing() throws Exception {
        assertThat(refusalOnMars().pods().notMatching()).isZero();
        world().allocate();
    }

    private NoCapacityException refusalOnMars() {
        world().pod(1, Map.of("region", "eu"));
        return world().refused(
                        world().request().selectors(Map.of("region", "mars")).build());
    }

    @Test
    @Rule("4.3")
    default void rule04_asManyRequestsAsThereAreSlotsAllSucceed() throws Exception {
        List<Allocator> allocators = world().allocators(4);
        for (int round = 0; round < world().times(60); round++) {
            List<World.Pod> pods = List.of(world().pod(3), world().pod(4), world().pod(5));
            List<Allocation> got =
                    Racers.race(12, racer -> allocators.get(racer % 4).allocate(AllocateReq.of(world().pool())));
            assertThat(got).extracting(Allocation::sessionId).doesNotHaveDuplicates();
            pods.forEach(pod -> pod.hooks().remove());
            world().settle();
        }
    }

    @Test
    @Rule("4.4")
    default void rule04_noneIsRefusedWhileThereIsRoom() throws Exception {
        world().pod(6);
        world().pod(6);
        List<Allocator> allocators = world().allocators(3);
        // Six racers hold one slot each at most, so six are free at every moment.
        List<Integer> refusals = Racers.race(6, racer -> {
            Allocator allocator = allocators.get(racer % 3);
            int refused = 0;
            for (int round = 0; round < world().times(300); round++) {
                try {
                    Allocation allocation = allocator.allocate(AllocateReq.of(world().pool()));
                    if (round % 2 == 0) {
                        world().start(allocation).close();
                    } else {
                        allocators.get(round % 3).release(allocation);
                    }
                    world().eventually(() -> assertThat(world().heldIds()).doesNotContain(allocation.sessionId()));
                } catch (NoCapacityException e) {
                    refused++;
                }
            }
            return refused;
        });
        assertThat(refusals).containsOnly(0);
        world().everySlotIsFree(12);
    }

    /** Slots go from one allocator's callers to another's, and the ledger is always a moment behind what has ended. */
    @Test
    @Rule("4.4")
    default void rule04_noneIsRefusedOnAPoolThatIsAlmostFull() throws Exception {
        for (int i = 0; i < 4; i++) {
            world().pod(3);
        }
        List<Allocator> allocators = world().allocators(3);
        List<Integer> refusals = Racers.race(10, racer -> {
            int refused = 0;
            for (int round = 0; round < world().times(100); round++) {
                try {
                    Allocator allocator = allocators.get((racer + round) % 3);
                    world().start(allocator.allocate(AllocateReq.of(world().pool())))
                            .close();
                } catch (NoCapacityException e) {
                    refused++;
                }
            }
            return refused;
        });
        assertThat(refusals).containsOnly(0);
        world().everySlotIsFree(12);
    }

    @Test
    @Rule("4.4")
    default void rule04_aFullPodWhoseSessionsHaveAllEndedHasRoomAtOnce() throws Exception {
        World.Pod pod = world().pod(10);
        for (int round = 0; round < world().times(50); round++) {
            List<Session> sessions = new ArrayList<>();
            for (Allocation allocation : world().allocate(10)) {
                sessions.add(pod.start(allocation));
            }
            sessions.forEach(Session::close);

            Allocation next = world().allocate();

            assertThat(pod.start(next).id()).isEqualTo(next.sessionId());
            pod.server().sessions().forEach(Session::close);
            world().nothingIsHeld();
        }
    }

    @Test
    @Rule("4.4")
    default void rule04_whoHearsThatASessionHasEndedGetsItsSlotForTheRematch() throws Exception {
        World.Pod pod = world().pod(1);
        Session session = pod.start(world().allocate());
        for (int round = 0; round < world().times(300); round++) {
            CompletableFuture<Allocation> rematch = session.ended()
                    .thenCompose(reason -> world().allocator().allocateAsync(AllocateReq.of(world().pool())))
                    .toCompletableFuture();
            session.close();
            session = pod.start(world().within(rematch));
        }
        session.close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("4.5")
    default void rule04_aWaiterGetsTheSlotOfASessionThatEnds() throws Exception {
        World.Pod pod = world().pod(1);
        Session session = pod.start(world().allocate());
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());

        session.close();

        Allocation allocation = world().within(waiter);
        assertThat(allocation.sessionId()).isNotEqualTo(session.id());
        world().eventuallyHeld(allocation.sessionId());
    }

    @Test
    @Rule("4.5")
    default void rule04_aWaiterGetsTheSlotOfAClaimThatExpiresOrIsReleased() throws Exception {
        World.Pod pod = world().pod(1);
        Allocation expiring = world().allocate();
        world().eventuallyHeard(pod, "claimed " + expiring.sessionId());
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());
        world().advance(Duration.ofSeconds(60));
        Allocation first = world().within(waiter);

        CompletableFuture<Allocation> next = world().waiter(world().patient());
        world().another().release(first);
        assertThat(world().within(next).sessionId()).isNotEqualTo(first.sessionId());
    }

    @Test
    @Rule("4.5")
    default void rule04_aWaiterGetsASlotOfAPodThatComesOrBecomesReady() throws Exception {
        world().pod(1);
        world().allocate();
        CompletableFuture<Allocation> first = world().waiter(world().patient());
        World.Pod late = world().pod(1);
        assertThat(world().within(first).annotations()).containsEntry(Allocation.POD_ANNOTATION, late.name());

        World.Pod sleeping = world().unreadyPod(1);
        CompletableFuture<Allocation> second = world().waiter(world().patient());
        sleeping.hooks().ready();
        assertThat(world().within(second).annotations()).containsEntry(Allocation.POD_ANNOTATION, sleeping.name());
    }

    @Test
    @Rule("4.5")
    default void rule04_aBlockingRequestWaitsForRoomToo() throws Exception {
        World.Pod pod = world().pod(1);
        Session session = pod.start(world().allocate());
        List<Object> results = Racers.race(2, racer -> {
            if (racer == 0) {
                return world().allocator().allocate(world().patient()).sessionId();
            }
            world().eventually(() -> assertThat(world().waiting()).isEqualTo(1));
            session.close();
            return session.id();
        });
        assertThat(results).doesNotHaveDuplicates();
        assertThat(world().heldIds()).containsExactly((String) results.get(0));
    }

    @Test
    @Rule("4.6")
    default void rule04_aWaiterIsRefusedAfterItsMaxWaitAndNotBefore() throws Exception {
        world().pod(1);
        world().allocator()
                .allocate(world().request().claimTtl(Duration.ofHours(1)).build());
        CompletableFuture<Allocation> waiter =
                world().waiter(world().request().maxWait(Duration.ofSeconds(20)).build());

        world().advance(Duration.ofMillis(19_999));
        world().settle();
        assertThat(waiter).isNotDone();
        world().advance(Duration.ofMillis(1));

        assertThat(waiter)
                .failsWithin(world().backend().patience())
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        refusal -> assertThat(refusal.waited()).isGreaterThanOrEqualTo(Duration.ofSeconds(20)));
        assertThat(world().waiting()).isZero();
    }

    @Test
    @Rule("4.6")
    default void rule04_aWaiterIsRefusedAfterItsMaxWaitAlsoWhileSlotsChangeHands() throws Exception {
        assertThat(servedOfWaitersOnABusyPool(world().times(30))).isZero();
    }

    /** What holds at least, where a newcomer may overtake (rule 5.3). For an override of the test above. */
    default void aWaiterIsRefusedAfterItsMaxWaitUnlessItOvertakesWhileSlotsChangeHands() throws Exception {
        int rounds = Math.max(4, world().times(30));
        assertThat(servedOfWaitersOnABusyPool(rounds)).isLessThan(rounds);
    }

    /** How many get a slot though others wait who are more urgent; all the others are refused in their time. */
    private int servedOfWaitersOnABusyPool(int rounds) throws Exception {
        int served = 0;
        try (BusyPool busy = new BusyPool(world())) {
            for (int round = 0; round < rounds; round++) {
                CompletableFuture<Allocation> waiter = world().allocator()
                        .allocateAsync(world().request()
                                .maxWait(Duration.ofSeconds(20))
                                .build());
                busy.awaitTurns(1);
                world().advance(Duration.ofMillis(19_999));
                busy.awaitTurns(1);
                assertThat(waiter.isCompletedExceptionally())
                        .as("it is refused before its time")
                        .isFalse();
                world().advance(Duration.ofMillis(1));

                // Nor does it take the call time-out: time stands still.
                try {
                    world().allocator()
                            .release(waiter.get(world().backend().patience().toMillis(), TimeUnit.MILLISECONDS));
                    served++;
                } catch (ExecutionException refused) {
                    assertThat(refused).hasCauseInstanceOf(NoCapacityException.class);
                }
            }
        }
        return served;
    }

    @Test
    @Rule("4.7")
    @Quote("unknown pool")
    default void rule04_aPoolThatNobodyHasHeardOfIsUnknown() throws Exception {
        world().pod(1);
        String unknown = world().backend().newPool();

        assertThatThrownBy(() -> world().allocator().allocate(AllocateReq.of(unknown)))
                .isInstanceOf(UnknownPoolException.class)
                .hasMessageContaining(unknown);
        assertThat(world().allocator().allocateAsync(AllocateReq.of(unknown)))
                .failsWithin(world().backend().patience())
                .withThrowableThat()
                .withCauseInstanceOf(UnknownPoolException.class);
        assertThatThrownBy(() -> world().allocator().status(unknown)).isInstanceOf(UnknownPoolException.class);
    }

    @Test
    @Rule("4.7")
    default void rule04_aPoolThatHadAPodIsKnown() throws Exception {
        World.Pod pod = world().pod(1);
        world().allocate();
        pod.hooks().remove();

        assertThat(world().refused(AllocateReq.of(world().pool())).pods().seen())
                .isZero();
        assertThat(world().allocator().status(world().pool()).waiting()).isZero();
    }
}
