package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.PodAddress;
import kit.orchestration.Token;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.Test;

/** Rule 10: cancelling, interrupting, timing out never leaks a slot. */
interface Rule10NoLeaks extends ContractTests {

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
        raceEnding(world().times(100_000), future -> future.cancel(true));
    }

    @Test
    @Rule("10.3")
    default void rule10_orTimeoutThatRacesWithTheClaimLeavesNoSlotHeld() throws Exception {
        world().pod(4);
        for (int round = 0; round < world().times(2_000); round++) {
            CompletableFuture<Allocation> future = world().allocator()
                    .allocateAsync(world().patient())
                    .orTimeout(1 + round % 300, TimeUnit.MICROSECONDS);
            try {
                world().allocator().release(future.get());
            } catch (ExecutionException timedOut) {
                assertThat(timedOut).hasCauseInstanceOf(TimeoutException.class);
            }
        }
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
        raceEnding(world().times(5_000), future -> future.complete(own));
    }

    @Test
    @Rule("10.7")
    default void rule10_aCancelledTryOfARequestIdHoldsNothing() throws Exception {
        world().pod(2);
        for (int round = 0; round < world().times(200); round++) {
            cancelledTry("match-" + round);
        }
        world().eventually(() -> assertThat(world().held()).isEmpty());
        world().everySlotIsFree(2);
    }

    /**
     * What holds at least, where another allocator may have told its caller of the claim already: the next try gets it, and
     * without one it expires. For an override of the test above.
     */
    default void aCancelledTryOfARequestIdIsKeptForTheNext() throws Exception {
        World.Pod pod = world().pod(2);
        AllocateReq req = cancelledTry("match");

        Allocation next = world().another().allocate(req);

        world().eventuallyHeld(next.sessionId());
        pod.start(next).close();
        world().everySlotIsFree(2);

        cancelledTry("nobody");
        world().settle();
        world().eventually(() -> {
            world().advance(Duration.ofSeconds(61));
            assertThat(world().held()).isEmpty();
        });
        world().everySlotIsFree(2);
    }

    private AllocateReq cancelledTry(String requestId) {
        AllocateReq req = world().request().requestId(requestId).build();
        CompletableFuture<Allocation> future = world().allocator().allocateAsync(req);
        if (!future.cancel(true)) {
            world().allocator().release(future.join()); // it was faster
        }
        return req;
    }

    /** A way for a caller to end a future; false if it was done. */
    interface Ending {
        boolean tryEnd(CompletableFuture<Allocation> future);
    }

    /** Ends futures while their claims are under way, early and late; whoever comes first, no slot stays held. */
    private void raceEnding(int rounds, Ending ending) throws Exception {
        World.Pod pod = world().pod(4);
        SynchronousQueue<CompletableFuture<Allocation>> handed = new SynchronousQueue<>();
        Racers.race(2, racer -> {
            for (int round = 0; round < rounds; round++) {
                if (racer == 0) {
                    handed.put(world().allocator().allocateAsync(world().patient()));
                } else {
                    CompletableFuture<Allocation> future = handed.take();
                    spin(round % 64);
                    if (!ending.tryEnd(future)) {
                        world().allocator().release(future.join());
                    }
                }
            }
            return true;
        });
        world().eventually(() -> assertThat(world().held()).isEmpty());
        // The pod has heard the end of every claim that it heard of.
        world().eventually(() -> assertThat(pod.log().events())
                .filteredOn(event -> event.startsWith("withdrawn "))
                .hasSize(pod.log().claims().size()));
        world().everySlotIsFree(4);
    }

    private static void spin(int rounds) {
        for (int i = 0; i < rounds * 8; i++) {
            Thread.onSpinWait();
        }
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

        assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        assertThat(world().waiting()).isZero();
        holder.close();
        world().everySlotIsFree(1);
    }

    @Test
    @Rule("10.5")
    default void rule10_anInterruptAtAnyStepOfTheClaimHoldsNothing() throws Exception {
        World.Pod pod = world().pod(2);
        int interrupted = 0;
        for (int round = 0; round < world().times(2_000); round++) {
            // Every other time the slot comes while the interrupt does.
            Session holder = pod.start(world().within(world().allocator().allocateAsync(world().patient())));
            Session second = pod.start(world().within(world().allocator().allocateAsync(world().patient())));
            if (round % 2 == 0) {
                holder.close();
            }
            CompletableFuture<Object> end = new CompletableFuture<>();
            Thread waiter = interruptible(end, world().patient());
            spin(round % 256);
            holder.close();
            waiter.interrupt();
            if (end.get(10, TimeUnit.SECONDS) instanceof Allocation allocation) {
                world().allocator().release(allocation);
            } else {
                assertThat(end.join()).isInstanceOf(InterruptedException.class);
                interrupted++;
            }
            second.close();
        }
        assertThat(interrupted).isPositive();
        world().everySlotIsFree(2);
    }

    private Thread interruptible(CompletableFuture<Object> end, AllocateReq req) {
        Thread thread = new Thread(() -> {
            try {
                end.complete(world().allocator().allocate(req));
            } catch (Exception e) {
                end.complete(e);
            }
        });
        thread.start();
        return thread;
    }
}
