package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.PodAddress;
import kit.orchestration.Token;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 10: cancelling, interrupting, timing out never leaks a slot. */
interface Rule10NoLeaks extends ContractTests {

    /** Races beyond the first, until each that is meant has come up. */
    int MORE_RACES = 20;

    @Test
    @Rule("10.1")
    default void rule10_aCancelledWaiterGetsNothingAndTheNextOneDoes() throws Exception {
        World.Pod pod = world().pod(1);
        Session holder = pod.start(world().allocate());
        CompletableFuture<Allocation> cancelled = world().waiter(world().patient());
        CompletableFuture<Allocation> next = world().waiter(world().patient());

        assertThat(cancelled.cancel(true)).isTrue();
        world().eventually(() -> assertThat(world().waiting()).isEqualTo(1));
        holder.close();

        Allocation allocation = world().within(next);
        world().eventuallyHeld(allocation.sessionId());
        pod.start(allocation).close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule({"10.2", "10.6"})
    default void rule10_aCancelThatRacesWithTheClaimLeavesNoSlotHeld() throws Exception {
        raceEnding(world().times(5_000), future -> future.cancel(true));
    }

    @Test
    @Rule("10.3")
    default void rule10_orTimeoutThatRacesWithTheClaimLeavesNoSlotHeld() throws Exception {
        World.Pod pod = world().pod(4);
        Aim aim = new Aim();
        while (aim.again(world().times(2_000))) {
            CompletableFuture<Allocation> future =
                    world().allocator().allocateAsync(world().patient()).orTimeout(aim.nanos(), TimeUnit.NANOSECONDS);
            try {
                world().allocator().release(future.get());
                aim.wasFirst(false);
            } catch (ExecutionException timedOut) {
                assertThat(timedOut).hasCauseInstanceOf(TimeoutException.class);
                aim.wasFirst(true);
            }
        }
        nothingIsHeldAndThePodWasTold(pod);
        world().everySlotIsFree(4);
    }

    @Test
    @Rule("10.3")
    default void rule10_aWaiterThatTimesOutLeavesNoSlotHeld() throws Exception {
        World.Pod pod = world().pod(1);
        Session holder = pod.start(world().allocate());
        CompletableFuture<Allocation> waiter =
                world().allocator().allocateAsync(world().patient()).orTimeout(1, TimeUnit.MILLISECONDS);
        assertThatThrownBy(waiter::join).hasCauseInstanceOf(TimeoutException.class);
        world().eventually(() -> assertThat(world().waiting()).isZero());

        holder.close();

        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.4")
    default void rule10_aCompletionByTheCallerLeavesNoSlotHeld() throws Exception {
        Allocation own = new Allocation(
                world().pool(),
                new PodAddress("127.0.0.1", 1),
                "own",
                Token.of("own"),
                Map.of(Allocation.POD_ANNOTATION, "own"),
                Instant.EPOCH);
        raceEnding(world().times(2_000), future -> future.complete(own));
    }

    @Test
    @Rule("10.8")
    default void rule10_whoOnlyStopsWaitingIsStillTheCaller() throws Exception {
        World.Pod pod = world().pod(1);
        Session holder = pod.start(world().allocate());
        CompletableFuture<Allocation> waiter = world().waiter(world().patient());
        CompletableFuture<Allocation> stage = waiter.thenApply(allocation -> allocation);

        assertThatThrownBy(() -> waiter.get(1, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> stage.orTimeout(1, TimeUnit.MILLISECONDS).join())
                .hasCauseInstanceOf(TimeoutException.class);
        assertThat(waiter.thenApply(Allocation::token).cancel(true)).isTrue();

        assertThat(world().waiting()).isEqualTo(1);
        holder.close();
        Allocation allocation = world().within(waiter);
        world().eventuallyHeld(allocation.sessionId());
        pod.start(allocation).close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.7")
    default void rule10_aCancelledTryOfARequestIdHoldsNothing() throws Exception {
        World.Pod pod = world().pod(2);
        Aim aim = new Aim();
        for (int round = 0; aim.again(world().times(200)); round++) {
            CompletableFuture<Allocation> future = cancelledTry("match-" + round, aim);
            if (!future.isCancelled()) {
                world().allocator().release(future.join());
            }
        }
        nothingIsHeldAndThePodWasTold(pod);
        world().everySlotIsFree(2);
    }

    /**
     * What holds at least, where another allocator may have told its caller of the claim already: the next try gets it,
     * and without one it expires. For an override of the test above.
     */
    default void aCancelledTryOfARequestIdIsKeptForTheNext() throws Exception {
        World.Pod pod = world().pod(2);
        Allocator other = world().another();
        world().settle();
        Aim aim = new Aim();
        for (int round = 0; aim.again(world().times(200)); round++) {
            CompletableFuture<Allocation> cancelled = cancelledTry("match-" + round, aim);

            Allocation next = other.allocate(match("match-" + round));

            if (!cancelled.isCancelled()) {
                assertThat(next.sessionId()).isEqualTo(cancelled.join().sessionId());
            }
            world().eventuallyHeld(next.sessionId());
            pod.start(next).close();
            nobodyComes(); // for one that was written late
        }
        world().everySlotIsFree(2);

        cancelledTry("nobody", aim);
        world().settle();
        nobodyComes();
        world().everySlotIsFree(2);
    }

    private void nobodyComes() {
        world().eventually(() -> {
            world().advance(Duration.ofSeconds(61));
            assertThat(world().held()).isEmpty();
        });
        world().settle();
    }

    /** It waits for the slot of the try before, which its pod may be yet to free. */
    private AllocateReq match(String requestId) {
        return world().patient().toBuilder().requestId(requestId).build();
    }

    private CompletableFuture<Allocation> cancelledTry(String requestId, Aim aim) {
        CompletableFuture<Allocation> future = world().allocator().allocateAsync(match(requestId));
        aim.pause();
        aim.wasFirst(future.cancel(true));
        return future;
    }

    /** A way for a caller to end a future; false if it was done. */
    interface Ending {
        boolean tryEnd(CompletableFuture<Allocation> future);
    }

    /** Ends futures while their claims are under way, early and late; whoever comes first, no slot stays held. */
    private void raceEnding(int rounds, Ending ending) throws Exception {
        World.Pod pod = world().pod(4);
        int served = 0;
        int races = 0;
        do { // where the machine is busy a few rounds may end all calls before they are claimed
            served += raceEndingOnce(rounds, ending);
            nothingIsHeldAndThePodWasTold(pod);
        } while (pod.log().ids("claimed").size() <= served && ++races < MORE_RACES);
        assertThat(pod.log().ids("claimed"))
                .as("some were ended when they had been claimed")
                .hasSizeGreaterThan(served);
        world().everySlotIsFree(4);
    }

    /** Returns how many were served after all. */
    private int raceEndingOnce(int rounds, Ending ending) throws Exception {
        return Racers.race(2, racer -> {
                    int lates = 0;
                    Aim aim = new Aim();
                    while (aim.again(rounds / 2)) {
                        CompletableFuture<Allocation> future =
                                world().allocator().allocateAsync(world().patient());
                        aim.pause();
                        boolean ended = ending.tryEnd(future);
                        if (!ended) {
                            world().allocator().release(future.join());
                            lates++;
                        }
                        aim.wasFirst(ended);
                    }
                    return lates;
                })
                .stream()
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** The pod has heard the end of every claim that it heard of, once. */
    private void nothingIsHeldAndThePodWasTold(World.Pod pod) {
        world().eventually(() -> assertThat(world().held()).isEmpty());
        world().eventually(() ->
                assertThat(pod.log().ids("withdrawn")).isEqualTo(pod.log().ids("claimed")));
    }

    @Test
    @Rule("10.5")
    default void rule10_anInterruptBeforeTheCallClaimsNothing() throws Exception {
        world().pod(1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> world().allocate()).isInstanceOf(InterruptedException.class);

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.5")
    default void rule10_anInterruptedWaiterHoldsNothing() throws Exception {
        World.Pod pod = world().pod(1);
        Session holder = pod.start(world().allocate());
        CompletableFuture<Object> end = new CompletableFuture<>();
        Thread waiter = interruptible(end, world().patient());
        world().eventually(() -> assertThat(world().waiting()).isEqualTo(1));

        waiter.interrupt();

        assertThat(world().within(end)).isInstanceOf(InterruptedException.class);
        assertThat(world().waiting()).isZero();
        holder.close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.5")
    default void rule10_anInterruptAtAnyStepOfTheClaimHoldsNothing() throws Exception {
        world().pod(1);
        Aim aim = new Aim();
        while (aim.again(world().times(1_000))) {
            CompletableFuture<Object> end = new CompletableFuture<>();
            Thread caller = interruptible(end, world().patient());
            aim.pause();
            caller.interrupt();
            aim.wasFirst(wasInterrupted(end));
            world().eventually(() -> assertThat(world().held()).isEmpty());
        }
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.5")
    default void rule10_anInterruptThatRacesWithTheSlotOfAWaiterHoldsNothing() throws Exception {
        World.Pod pod = world().pod(1);
        Aim aim = new Aim();
        while (aim.again(world().times(500))) {
            Session holder = pod.start(world().within(world().allocator().allocateAsync(world().patient())));
            CompletableFuture<Object> end = new CompletableFuture<>();
            Thread caller = interruptible(end, world().patient());
            world().eventually(() -> assertThat(world().waiting()).isEqualTo(1));
            Racers.race(2, racer -> {
                if (racer == 0) {
                    aim.pause();
                    caller.interrupt();
                } else {
                    aim.pauseOther();
                    holder.close();
                }
                return true;
            });
            aim.wasFirst(wasInterrupted(end));
        }
        world().everySlotIsFree(1);
    }

    /** How the call ended; an allocation is given back. */
    private boolean wasInterrupted(CompletableFuture<Object> end) throws Exception {
        Object result = world().within(end);
        if (result instanceof Allocation allocation) {
            world().allocator().release(allocation);
            return false;
        }
        assertThat(result).isInstanceOf(InterruptedException.class);
        return true;
    }

    /** What its end was; that it was interrupted is told by the exception, and by nothing else then. */
    private Thread interruptible(CompletableFuture<Object> end, AllocateReq req) {
        Thread thread = new Thread(() -> {
            try {
                end.complete(world().allocator().allocate(req));
            } catch (Exception e) {
                end.complete(Thread.currentThread().isInterrupted() ? new AssertionError("still interrupted", e) : e);
            }
        });
        thread.start();
        return thread;
    }
}
