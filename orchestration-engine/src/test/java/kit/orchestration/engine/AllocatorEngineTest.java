package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.Token;
import kit.orchestration.engine.matching.Candidates;
import org.junit.jupiter.api.Test;

class AllocatorEngineTest {

    private static final AllocateReq REQUEST = AllocateReq.of("duel");
    private static final AllocateReq PATIENT =
            AllocateReq.builder("duel").maxWait(Duration.ofSeconds(30)).build();

    private TestPool test = new TestPool(GroupLimit.NONE);
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final AllocatorListener listener = new AllocatorListener() {
        @Override
        public void allocated(AllocateReq req, Allocation allocation, Duration took) {
            heard.add("allocated after " + took);
        }

        @Override
        public void refused(AllocateReq req, AllocationException error, Duration took) {
            heard.add(error.getClass().getSimpleName() + " after " + took);
        }
    };
    private TestAllocator allocator = allocator(Runnable::run, listener);

    // ---- time ----

    @Test
    void withoutMaxWaitThereIsRoomOrThereIsNot() {
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isInstanceOf(NoCapacityException.class);

        assertThat(errorOf(result)).isInstanceOf(NoCapacityException.class);
        assertThat(heard).containsExactly("NoCapacityException after PT0S", "NoCapacityException after PT0S");
        assertClean(0);
    }

    @Test
    void waitsForRoomUntilMaxWaitIsOver() {
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(PATIENT);
        test.time.advance(PATIENT.maxWait().minusNanos(1));
        assertThat(result).isNotDone();
        test.time.advance(Duration.ofNanos(1));

        assertThat(errorOf(result))
                .isInstanceOfSatisfying(
                        NoCapacityException.class,
                        error -> assertThat(error.waited()).isEqualTo(PATIENT.maxWait()));
        assertThat(heard).containsExactly("NoCapacityException after PT30S");
        assertClean(0);
    }

    @Test
    void roomThatComesWithinMaxWaitIsTaken() {
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(PATIENT);
        test.time.advance(Duration.ofSeconds(7));
        test.pod("pod", 1);
        test.writes.applyAll();

        assertThat(result.join().annotations()).containsEntry(Allocation.POD_ANNOTATION, "pod");
        assertThat(heard).containsExactly("allocated after PT7S");
        assertClean(1);
    }

    @Test
    void anAnswerThatDoesNotComeLeavesTheOutcomeUnknownAndIsGivenBackLate() {
        test.pod("pod", 1);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
        test.time.advance(TestAllocator.CALL_TIMEOUT.minusNanos(1));
        assertThat(result).isNotDone();
        test.time.advance(Duration.ofNanos(1));

        assertThat(errorOf(result)).isInstanceOfSatisfying(BackendException.class, error -> {
            assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(error.retryable()).isTrue();
        });
        Claim late = test.writes.apply(test.writes.only());
        assertThat(test.writes.givenBack).containsExactly(late);
        assertClean(1);
    }

    @Test
    void callTimeoutCountsFromTheEndOfMaxWait() {
        test.pod("pod", 1);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(PATIENT);
        test.time.advance(PATIENT.maxWait().plus(TestAllocator.CALL_TIMEOUT).minusNanos(1));
        assertThat(result).isNotDone();
        test.time.advance(Duration.ofNanos(1));

        assertThat(errorOf(result)).isInstanceOf(BackendException.class);
    }

    @Test
    void whoOnlyWaitedKnowsThatNothingWasWritten() {
        test = new TestPool(GroupLimit.NONE, Placement.PACKED, 10, false);
        allocator = allocator(Runnable::run, listener);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
        test.time.advance(TestAllocator.CALL_TIMEOUT);

        assertThat(errorOf(result))
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_APPLIED));
        assertClean(0);
    }

    @Test
    void aRaceLostWhileTheCallTimesOutLeavesNobodyWaiting() {
        test = new TestPool(new GroupLimit(1, Duration.ZERO, 16));
        Pod<String> pod = test.pod("pod", 3);
        List<Reservation<String>> losing = new ArrayList<>();
        allocator = new TestAllocator(losesAfterWithdraw(pod, losing), test.time.timing(), Runnable::run, listener);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
        losing.add(test.writes.only());
        Pod<String> other = test.pod("other", 3);
        test.update(pod, PodState.NOT_READY, Map.of());
        test.place();
        test.place();
        assertThat(Candidates.isAtRest(other.candidate())).isFalse();
        test.time.advance(TestAllocator.CALL_TIMEOUT);

        assertThat(errorOf(result)).isInstanceOf(BackendException.class);
        assertThat(test.waiting()).isZero();
    }

    // ---- interrupts ----

    @Test
    void aThreadThatIsInterruptedAlreadyClaimsNothing() {
        test.pod("pod", 1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        assertClean(0);
    }

    @Test
    void anInterruptEndsTheWaitForRoom() throws InterruptedException {
        interruptWhile(PATIENT, () -> test.waiting() == 1);
        assertClean(0);
    }

    @Test
    void anInterruptWhileAWriteIsUnderWayGivesItsClaimBack() throws InterruptedException {
        test.pod("pod", 1);
        interruptWhile(REQUEST, () -> !test.writes.underWay.isEmpty());
        Claim late = test.writes.apply(test.writes.only());

        assertThat(test.writes.givenBack).containsExactly(late);
        assertClean(1);
    }

    @Test
    void aSlotThatIsThereAlreadyIsGivenDespiteAnInterrupt() throws InterruptedException {
        test.pod("pod", 1);
        TestAllocator sync = synchronous();
        sync.signer = claim -> {
            Thread.currentThread().interrupt();
            return Token.of("token");
        };

        assertThat(sync.engine.allocate(REQUEST)).isNotNull();
        assertThat(Thread.interrupted()).isTrue();
    }

    // ---- futures ----

    @Test
    void cancellingEndsTheWait() {
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(PATIENT);
        assertThat(result.cancel(true)).isTrue();

        test.pod("pod", 1);
        assertThat(heard).isEmpty();
        assertClean(0);
    }

    @Test
    void whatACancelledCallClaimsIsGivenBack() {
        test.pod("pod", 1);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
        result.cancel(false);
        Claim late = test.writes.apply(test.writes.only());

        assertThat(test.writes.givenBack).containsExactly(late);
        assertClean(1);
    }

    @Test
    void aFutureThatTheCallerCompletesKeepsNoSlot() {
        test.pod("pod", 2);
        CompletableFuture<Allocation> early = allocator.engine.allocateAsync(REQUEST);
        early.complete(null);
        test.writes.applyAll();
        List<Runnable> tasks = new ArrayList<>();
        TestAllocator delayed = allocator(tasks::add, listener);
        CompletableFuture<Allocation> late = delayed.engine.allocateAsync(REQUEST);
        test.writes.applyAll();
        late.complete(null);
        tasks.forEach(Runnable::run);

        assertThat(test.writes.givenBack).hasSize(2);
        assertThat(heard).isEmpty();
        assertClean(2);
    }

    @Test
    void aFutureThatTheCallerCompletesWhileItsTokenIsSignedKeepsNoSlot() {
        test.pod("pod", 1);
        List<Runnable> tasks = new ArrayList<>();
        TestAllocator delayed = allocator(tasks::add, listener);
        CompletableFuture<Allocation> result = delayed.engine.allocateAsync(REQUEST);
        delayed.signer = claim -> {
            result.cancel(false);
            return Token.of("token");
        };
        test.writes.applyAll();
        tasks.forEach(Runnable::run);

        assertThat(test.writes.givenBack).hasSize(1);
        assertThat(heard).isEmpty();
        assertClean(1);
    }

    @Test
    void orTimeoutGivesTheSlotBack() {
        test.pod("pod", 1);
        CompletableFuture<Allocation> result =
                allocator.engine.allocateAsync(REQUEST).orTimeout(1, TimeUnit.MILLISECONDS);
        await().until(result::isDone);
        assertThat(errorOf(result)).isInstanceOf(TimeoutException.class);
        Claim late = test.writes.apply(test.writes.only());

        await().untilAsserted(() -> assertThat(test.writes.givenBack).containsExactly(late));
        assertClean(1);
    }

    @Test
    void anExecutorThatTakesNothingDoesNotStopDelivery() {
        test.pod("pod", 2);
        for (RuntimeException refusal :
                List.of(new RejectedExecutionException("full"), new IllegalStateException("broken"))) {
            TestAllocator stuck = allocator(
                    task -> {
                        throw refusal;
                    },
                    listener);
            AtomicReference<Thread> thread = new AtomicReference<>();
            CompletableFuture<Void> result =
                    stuck.engine.allocateAsync(REQUEST).thenAccept(done -> thread.set(Thread.currentThread()));
            test.writes.applyAll();

            await().until(result::isDone);
            assertThat(result).isCompleted();
            assertThat(thread.get()).isNotSameAs(Thread.currentThread());
        }
    }

    /** As on a machine of one processor: there the common pool takes what it never runs. */
    @Test
    void norWhereTheCommonPoolHasNoThread() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.util.concurrent.ForkJoinPool.common.parallelism=0",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        WithoutExecutor.class.getName())
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Ends when a call was delivered. */
    static final class WithoutExecutor {
        private WithoutExecutor() {}

        public static void main(String[] args) {
            TestPool test = new TestPool(GroupLimit.NONE);
            test.pod("pod", 1);
            Executor down = task -> {
                throw new RejectedExecutionException("down");
            };
            CompletableFuture<Allocation> result = new TestAllocator(
                            test.pool, test.time.timing(), down, AllocatorListener.NONE)
                    .engine.allocateAsync(REQUEST);
            test.writes.applyAll();
            result.join();
        }
    }

    @Test
    void anExecutorThatTakesNothingAnyMoreDoesNotLoseARefusal() {
        TestAllocator stuck = allocator(
                task -> {
                    throw new RejectedExecutionException("down");
                },
                listener);
        CompletableFuture<Allocation> result = stuck.engine.allocateAsync(REQUEST);

        await().until(result::isDone);
        assertThat(errorOf(result)).isInstanceOf(NoCapacityException.class);
    }

    // ---- what breaks ----

    @Test
    void whatAListenerThrowsHarmsNobody() throws InterruptedException {
        for (Throwable thrown : List.of(new IllegalStateException("listener"), new AssertionError("listener"))) {
            test = new TestPool(GroupLimit.NONE);
            test.pod("pod", 2);
            AllocatorListener throwing = new AllocatorListener() {
                @Override
                public void allocated(AllocateReq req, Allocation allocation, Duration took) {
                    throw unchecked(thrown);
                }

                @Override
                public void refused(AllocateReq req, AllocationException error, Duration took) {
                    throw unchecked(thrown);
                }
            };
            allocator = allocator(Runnable::run, throwing);
            CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
            test.writes.applyAll();
            assertThat(result).isCompleted();
            assertThat(synchronous(throwing).engine.allocate(REQUEST)).isNotNull();

            assertThat(errorOf(allocator.engine.allocateAsync(REQUEST))).isInstanceOf(NoCapacityException.class);
            assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isInstanceOf(NoCapacityException.class);
        }
    }

    @Test
    void aClaimWhoseTokenCanNotBeSignedIsGivenBack() {
        for (Throwable thrown : List.of(new IllegalStateException("no key"), new UnsatisfiedLinkError("no library"))) {
            test = new TestPool(GroupLimit.NONE);
            test.pod("pod", 2);
            allocator = allocator(Runnable::run, listener);
            allocator.signer = claim -> {
                throw unchecked(thrown);
            };
            CompletableFuture<Allocation> result = allocator.engine.allocateAsync(REQUEST);
            test.writes.applyAll();
            assertThat(result).isDone();
            assertThat(errorOf(result)).isInstanceOf(BackendException.class).hasCause(thrown);
            TestAllocator sync = synchronous();
            sync.signer = allocator.signer;

            assertThatThrownBy(() -> sync.engine.allocate(REQUEST))
                    .isInstanceOf(BackendException.class)
                    .hasCause(thrown);
            assertThat(test.writes.givenBack).hasSize(2);
        }
        assertThat(heard).hasSize(4).allMatch(each -> each.startsWith("BackendException"));
    }

    // ---- the end ----

    @Test
    void closeFailsWhoeverWaitsAndGivesBackWhatIsUnderWay() {
        test.pod("pod", 1);
        CompletableFuture<Allocation> underWay = allocator.engine.allocateAsync(PATIENT);
        CompletableFuture<Allocation> waiting = allocator.engine.allocateAsync(PATIENT);
        assertThat(allocator.engine.close()).isTrue();
        assertThat(allocator.engine.close()).isFalse();

        assertThat(errorOf(underWay)).isInstanceOf(AllocatorClosedException.class);
        assertThat(errorOf(waiting)).isInstanceOf(AllocatorClosedException.class);
        assertThat(errorOf(allocator.engine.allocateAsync(REQUEST))).isInstanceOf(AllocatorClosedException.class);
        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isInstanceOf(AllocatorClosedException.class);
        Claim late = test.writes.apply(test.writes.only());
        assertThat(test.writes.givenBack).containsExactly(late);
        assertClean(1);
    }

    @Test
    void closeWakesAThreadThatWaits() {
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(() -> {
            try {
                return new AssertionError(allocator.engine.allocate(PATIENT).toString());
            } catch (AllocationException | InterruptedException error) {
                return error;
            }
        });
        await().until(() -> test.waiting() == 1);
        allocator.engine.close();

        assertThat(thrown.join()).isInstanceOf(AllocatorClosedException.class);
        assertClean(0);
    }

    @Test
    void aRaceLostWhileTheAllocatorIsClosedLeavesNobodyWaiting() {
        Pod<String> pod = test.pod("pod", 1);
        List<Reservation<String>> losing = new ArrayList<>();
        allocator = new TestAllocator(losesAfterWithdraw(pod, losing), test.time.timing(), Runnable::run, listener);
        CompletableFuture<Allocation> result = allocator.engine.allocateAsync(PATIENT);
        losing.add(test.writes.only());
        allocator.engine.close();

        assertThat(errorOf(result)).isInstanceOf(AllocatorClosedException.class);
        assertClean(1);
    }

    @Test
    void aSchedulerThatIsDownMeansClosed() {
        test.time.shutdown();

        assertThat(errorOf(allocator.engine.allocateAsync(PATIENT))).isInstanceOf(AllocatorClosedException.class);
        assertClean(0);
    }

    @Test
    void aCallWhoseThreadEndsWithTheAllocatorIsToldOfThat() {
        allocator = new TestAllocator(test.pool, test.time.timing(), Runnable::run, listener) {
            @Override
            public String requestKey(AllocateReq request) {
                engine.close();
                throw new RejectedExecutionException("the loop is closed");
            }
        };
        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isInstanceOf(AllocatorClosedException.class);
        assertClean(0);
    }

    private TestAllocator allocator(Executor executor, AllocatorListener hears) {
        return new TestAllocator(test.pool, test.time.timing(), executor, hears);
    }

    /** An allocator whose writes are answered before {@code place} returns, so that {@code allocate} does not block. */
    private TestAllocator synchronous() {
        return synchronous(listener);
    }

    private TestAllocator synchronous(AllocatorListener hears) {
        Placer answers = new Placer() {
            @Override
            public void place(Call call) {
                test.pool.place(call);
                test.writes.applyAll();
            }

            @Override
            public void overdue(Call call) {
                test.pool.overdue(call);
            }

            @Override
            public boolean withdraw(Call call, boolean timeIsOver) {
                return test.pool.withdraw(call, false);
            }

            @Override
            public void giveBack(Claim claim) {
                test.pool.giveBack(claim);
            }
        };
        return new TestAllocator(answers, test.time.timing(), Runnable::run, hears);
    }

    /** The pool, but the race for a pod's slot is lost just after the call was withdrawn for the first time. */
    private Placer losesAfterWithdraw(Pod<String> pod, List<Reservation<String>> losing) {
        return new Placer() {
            @Override
            public void place(Call call) {
                test.pool.place(call);
            }

            @Override
            public void overdue(Call call) {
                test.pool.overdue(call);
            }

            @Override
            public boolean withdraw(Call call, boolean timeIsOver) {
                boolean waited = test.pool.withdraw(call, false);
                if (!losing.isEmpty()) {
                    Reservation<String> reservation = losing.remove(0);
                    test.pool.slotSeen(pod, reservation.slot(), 1);
                    reservation.lost();
                }
                return waited;
            }

            @Override
            public void giveBack(Claim claim) {
                test.pool.giveBack(claim);
            }
        };
    }

    private void interruptWhile(AllocateReq request, Callable<Boolean> when) throws InterruptedException {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                thrown.complete(
                        new AssertionError(allocator.engine.allocate(request).toString()));
            } catch (AllocationException | InterruptedException error) {
                thrown.complete(error);
            }
        });
        thread.start();
        await().until(when);
        thread.interrupt();
        thread.join();
        assertThat(thrown.join()).isInstanceOf(InterruptedException.class);
    }

    private void assertClean(int held) {
        test.assertNoResidue(held);
        assertThat(test.time.timers()).as("timers").isZero();
    }

    private static Throwable errorOf(CompletableFuture<Allocation> result) {
        assertThat(result).isCompletedExceptionally();
        try {
            return new AssertionError("succeeded: " + result.join());
        } catch (CompletionException failed) {
            return failed.getCause();
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }
}
