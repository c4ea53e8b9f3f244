package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;
import kit.orchestration.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a backend throws, and at whatever step, ends that call: its caller is told, and nobody is left seated. */
class CallFailuresTest {

    private static final AllocateReq REQUEST = AllocateReq.of("duel");
    private static final AllocateReq PATIENT =
            AllocateReq.builder("duel").maxWait(Duration.ofSeconds(30)).build();

    private enum Thrown {
        EXCEPTION,
        ERROR,
        CANCELLATION;

        Throwable what() {
            return switch (this) {
                case EXCEPTION -> new IllegalStateException("broken");
                case ERROR -> new StackOverflowError("broken");
                case CANCELLATION -> new CancellationException("broken");
            };
        }

        void now() {
            Throwable what = what();
            if (what instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) what;
        }
    }

    private final TestPool test = new TestPool(GroupLimit.NONE);
    private final List<String> heard = new CopyOnWriteArrayList<>();

    /** The pool, but a step of it throws. */
    private final class BrokenPlacer implements Placer {
        private Consumer<Call> place = test.pool::place;
        private Consumer<Call> overdue = test.pool::overdue;
        private Consumer<Call> withdraw = call -> {};
        private Runnable giveBack = () -> {};

        @Override
        public void place(Call call) {
            place.accept(call);
        }

        @Override
        public void overdue(Call call) {
            overdue.accept(call);
        }

        @Override
        public boolean withdraw(Call call, boolean timeIsOver) {
            boolean waited = test.pool.withdraw(call, false);
            withdraw.accept(call);
            return waited;
        }

        @Override
        public void giveBack(Claim claim) {
            test.pool.giveBack(claim);
            giveBack.run();
        }
    }

    private final BrokenPlacer placer = new BrokenPlacer();
    private final TestAllocator allocator = allocator(placer);

    // ---- by which step ----

    @ParameterizedTest
    @EnumSource
    void whatAPoolCanNotBeFoundForEndsTheCall(Thrown thrown) {
        TestAllocator lost = new TestAllocator(placer, test.time.timing(), Runnable::run, listener()) {
            @Override
            public Placer placer(AllocateReq request) {
                thrown.now();
                return super.placer(request);
            }
        };
        assertToldOf(thrown, lost.engine.allocateAsync(REQUEST));
        assertThatThrownBy(() -> lost.engine.allocate(REQUEST))
                .isInstanceOf(BackendException.class)
                .hasCause(thrown.what());
    }

    @ParameterizedTest
    @EnumSource
    void whatPlacingThrowsEndsTheCall(Thrown thrown) {
        placer.place = call -> {
            test.pool.place(call);
            thrown.now();
        };
        assertToldOf(thrown, allocator.engine.allocateAsync(PATIENT));
        assertThatThrownBy(() -> allocator.engine.allocate(PATIENT))
                .isInstanceOf(BackendException.class)
                .hasCause(thrown.what());
        assertNobodyIsSeated();
    }

    @ParameterizedTest
    @EnumSource
    void whatTheEndOfMaxWaitThrowsEndsTheCall(Thrown thrown) {
        placer.overdue = call -> thrown.now();
        assertToldOf(thrown, allocator.engine.allocateAsync(REQUEST));
        CompletableFuture<Allocation> waited = allocator.engine.allocateAsync(PATIENT);
        test.time.advance(PATIENT.maxWait());
        assertToldOf(thrown, waited);
        assertNobodyIsSeated();
    }

    @ParameterizedTest
    @EnumSource
    void whatWithdrawingThrowsKeepsNobodyFromHearing(Thrown thrown) {
        placer.withdraw = call -> thrown.now();
        placer.overdue = call -> {};
        CompletableFuture<Allocation> late = allocator.engine.allocateAsync(REQUEST);
        test.time.advance(TestAllocator.CALL_TIMEOUT);
        assertThat(errorOf(late)).isInstanceOf(BackendException.class).hasMessageContaining("no answer");

        List<CompletableFuture<Allocation>> waiters =
                List.of(allocator.engine.allocateAsync(PATIENT), allocator.engine.allocateAsync(PATIENT));
        allocator.engine.close();
        assertThat(waiters)
                .allSatisfy(waiter -> assertThat(errorOf(waiter)).isInstanceOf(AllocatorClosedException.class));
        assertNobodyIsSeated();
    }

    @ParameterizedTest
    @EnumSource
    void whatABackendFailsACallWithIsTheCauseOfWhatIsTold(Thrown thrown) {
        placer.place = call -> call.fail(thrown.what());
        assertToldOf(thrown, allocator.engine.allocateAsync(REQUEST));
        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST))
                .isInstanceOf(BackendException.class)
                .hasCause(thrown.what());
        assertThat(heard)
                .containsExactly("requested", "refused BackendException", "requested", "refused BackendException");
    }

    @ParameterizedTest
    @EnumSource
    void whatTheWayOutThrowsEndsTheCall(Thrown thrown) {
        test.writes.wayOut = thrown::now;
        assertToldOf(thrown, allocator.engine.allocateAsync(REQUEST));
        assertNobodyIsSeated();
    }

    @Test
    void whatADependentStageHasWrappedIsUnwrapped() {
        AllocationException full =
                new NoCapacityException(REQUEST, Reason.POOL_FULL, PodCounts.NONE, Duration.ZERO, "");
        placer.place = call -> call.fail(new CompletionException(new ExecutionException(full)));
        assertThat(errorOf(allocator.engine.allocateAsync(REQUEST))).isSameAs(full);
        assertThatThrownBy(() -> allocator.engine.allocate(REQUEST)).isSameAs(full);

        IllegalStateException bug = new IllegalStateException("bug");
        placer.place = call -> call.fail(new CompletionException(bug));
        assertThat(errorOf(allocator.engine.allocateAsync(REQUEST)))
                .isInstanceOf(BackendException.class)
                .hasCause(bug)
                .hasMessageContaining("bug");
    }

    @ParameterizedTest
    @EnumSource
    void whatGivingBackThrowsDoesNotHideWhatWentWrong(Thrown thrown) throws InterruptedException {
        test.pod("pod", 3);
        IllegalStateException noKey = new IllegalStateException("no key");
        placer.giveBack = thrown::now;
        allocator.signer = claim -> {
            throw noKey;
        };
        CompletableFuture<Allocation> unsigned = allocator.engine.allocateAsync(REQUEST);
        test.writes.applyAll();
        assertThat(errorOf(unsigned)).isInstanceOf(BackendException.class).hasCause(noKey);

        allocator.signer = claim -> {
            throw new AssertionError("nobody asked");
        };
        CompletableFuture<Allocation> cancelled = allocator.engine.allocateAsync(REQUEST);
        placer.place = call -> {
            test.pool.place(call);
            cancelled.cancel(true);
            test.writes.applyAll();
        };
        assertThat(allocator.engine.allocateAsync(REQUEST)).isDone();
        assertThat(test.writes.givenBack).hasSize(3);
    }

    @Test
    void anExecutorThatDiesOfAnErrorDoesNotStopDelivery() {
        test.pod("pod", 1);
        TestAllocator starved = new TestAllocator(
                placer,
                test.time.timing(),
                task -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                listener());
        CompletableFuture<Allocation> result = starved.engine.allocateAsync(REQUEST);
        test.writes.applyAll();
        await().until(result::isDone);
        assertThat(result).isCompleted();
    }

    // ---- when its time is over ----

    /** Where a call may stand when its time is over, and what its caller is told of what was written. */
    private enum Stand {
        /** Its backend has not taken it yet. */
        OUTSIDE(Outcome.UNKNOWN),
        /** The pool has not been listed. */
        BEFORE_THE_FIRST_LIST(Outcome.NOT_APPLIED),
        /** Whether a session of its request id lives takes its time; it may be its own. */
        LOOKING_FOR_ITS_SESSION(Outcome.UNKNOWN),
        /** No slot is known to be free, and the view may be old. */
        WAITING_IN_DOUBT(Outcome.NOT_APPLIED),
        /** Its slot is chosen, and a write of that pod is under way. */
        GATHERING(Outcome.NOT_APPLIED),
        /** Its write was sent. */
        WRITING(Outcome.UNKNOWN),
        /** Its write takes long, and others have departed since. */
        DELAYED(Outcome.UNKNOWN),
        /** Its slot is held, and whose it is not known yet. */
        WRITTEN(Outcome.UNKNOWN),
        /** Somebody else was faster, and no other slot is known. */
        LOST(Outcome.NOT_APPLIED);

        private final Outcome outcome;

        Stand(Outcome outcome) {
            this.outcome = outcome;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoseTimeIsOverIsToldWhetherAnythingMayBeWritten(Stand stand) {
        TestPool of = new TestPool(
                stand == Stand.GATHERING ? TestPool.GROUPS : GroupLimit.NONE,
                Placement.PACKED,
                1_000,
                stand != Stand.BEFORE_THE_FIRST_LIST);
        of.writes.seesAll = false;
        Pod<String> pod = stand == Stand.BEFORE_THE_FIRST_LIST || stand == Stand.WAITING_IN_DOUBT
                ? null
                : of.pod("pod", stand == Stand.GATHERING ? 2 : 1);
        AllocateReq.Builder request = AllocateReq.builder("duel");
        if (stand == Stand.LOOKING_FOR_ITS_SESSION) {
            request.requestId("match");
            of.writes.looksLong = new CompletableFuture<>();
        }
        if (stand == Stand.GATHERING) {
            of.place(); // departs at once, and the next one of its pod gathers
        }
        TestAllocator slow = new TestAllocator(
                stand == Stand.OUTSIDE ? idle() : of.pool, of.time.timing(), Runnable::run, listener());
        CompletableFuture<Allocation> result = slow.engine.allocateAsync(request.build());
        switch (stand) {
            case DELAYED -> Reservation.delayed(of.writes.underWay.peek());
            case WRITTEN -> Reservation.written(of.writes.underWay.peek());
            case LOST -> {
                Reservation<String> losing = of.writes.only();
                of.pool.slotSeen(pod, losing.slot(), losing.version() + 1);
                losing.lost();
            }
            default -> {}
        }
        assertThat(result).isNotDone();
        of.time.advance(TestAllocator.CALL_TIMEOUT);

        assertThat(errorOf(result))
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.outcome()).isEqualTo(stand.outcome));
        of.writes.applyAll(); // what may be written is, and goes back; what may not never is
        assertThat(of.writes.givenBack)
                .hasSize(List.of(Stand.WRITING, Stand.DELAYED, Stand.WRITTEN).contains(stand) ? 1 : 0);
        assertThat(of.waiting()).isZero();
    }

    private static Placer idle() {
        return new Placer() {
            @Override
            public void place(Call call) {}

            @Override
            public void overdue(Call call) {}

            @Override
            public boolean withdraw(Call call, boolean timeIsOver) {
                return false;
            }

            @Override
            public void giveBack(Claim claim) {}
        };
    }

    // ---- what the caller sees ----

    @Test
    void anErrorThatATimerMadeShowsWhoCalled() {
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(this::callsAndWaits);
        await().until(() -> test.waiting() == 1);
        test.time.advance(PATIENT.maxWait());

        assertThat(thrown.join()).isInstanceOf(NoCapacityException.class).satisfies(CallFailuresTest::showsWhoCalled);
    }

    @Test
    void anErrorOfTheBackendKeepsItsTypeAndCause() {
        IllegalStateException cause = new IllegalStateException("503");
        BackendException failure =
                new BackendException("the API server said 503", "duel", PATIENT, Outcome.NOT_APPLIED, true, cause);
        placer.place = call -> failure.setStackTrace(new StackTraceElement[0]);
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(this::callsAndWaits);
        placer.overdue = call -> call.fail(failure);
        await().until(() -> test.time.timers() == 1);
        test.time.advance(PATIENT.maxWait());

        assertThat(thrown.join()).isSameAs(failure).hasCause(cause).satisfies(CallFailuresTest::showsWhoCalled);
    }

    private Throwable callsAndWaits() {
        try {
            return new AssertionError(allocator.engine.allocate(PATIENT).toString());
        } catch (AllocationException | InterruptedException error) {
            return error;
        }
    }

    private static void showsWhoCalled(Throwable error) {
        assertThat(Arrays.stream(error.getStackTrace()).map(StackTraceElement::getMethodName))
                .contains("callsAndWaits");
    }

    // ---- what the listener hears ----

    @Test
    void theCallersOwnCallbacksAreNotCounted() {
        test.pod("pod", 1);
        List<Runnable> tasks = new ArrayList<>();
        TestAllocator delayed = new TestAllocator(placer, test.time.timing(), tasks::add, listener());
        delayed.engine.allocateAsync(REQUEST).thenRun(() -> test.time.advance(Duration.ofSeconds(2)));
        test.writes.applyAll();
        delayed.engine.allocateAsync(REQUEST).exceptionally(error -> {
            test.time.advance(Duration.ofSeconds(2));
            return null;
        });
        List.copyOf(tasks).forEach(Runnable::run);

        // The second one waited while the first one's callback ran, and not for its own.
        assertThat(took).containsExactly(Duration.ZERO, Duration.ofSeconds(2));
    }

    @Test
    void whoIsGoneIsToldAsAbandonedAndNotAsRefused() {
        test.pod("pod", 1);
        List<Runnable> tasks = new ArrayList<>();
        TestAllocator delayed = new TestAllocator(placer, test.time.timing(), tasks::add, listener());
        List<CompletableFuture<Allocation>> gone = List.of(
                delayed.engine.allocateAsync(PATIENT), // its write is under way
                delayed.engine.allocateAsync(PATIENT), // waits
                delayed.engine.allocateAsync(REQUEST)); // was refused, and its executor is busy
        gone.forEach(future -> future.cancel(true));
        test.writes.applyAll();
        tasks.forEach(Runnable::run);

        assertThat(heard).containsExactly("requested", "requested", "requested", "abandoned", "abandoned", "abandoned");
    }

    @Test
    void whoGoesWhileTheTokenIsSignedIsToldAsAbandoned() {
        test.pod("pod", 2);
        List<Runnable> tasks = new ArrayList<>();
        TestAllocator delayed = new TestAllocator(placer, test.time.timing(), tasks::add, listener());
        CompletableFuture<Allocation> signed = delayed.engine.allocateAsync(REQUEST);
        delayed.signer = claim -> {
            signed.cancel(true);
            return Token.of("token");
        };
        test.writes.applyAll();
        tasks.forEach(Runnable::run);
        tasks.clear();
        CompletableFuture<Allocation> unsigned = delayed.engine.allocateAsync(REQUEST);
        delayed.signer = claim -> {
            unsigned.cancel(true);
            throw new IllegalStateException("no key");
        };
        test.writes.applyAll();
        tasks.forEach(Runnable::run);

        assertThat(heard).containsExactly("requested", "abandoned", "requested", "abandoned");
        assertThat(test.writes.givenBack).hasSize(2);
    }

    @Test
    void anInterruptedCallIsToldAsAbandoned() throws InterruptedException {
        Thread caller = new Thread(this::callsAndWaits);
        caller.start();
        await().until(() -> test.waiting() == 1);
        caller.interrupt();
        caller.join();

        assertThat(heard).containsExactly("requested", "abandoned");
    }

    private final List<Duration> took = new CopyOnWriteArrayList<>();

    private AllocatorListener listener() {
        return new AllocatorListener() {
            @Override
            public void requested(AllocateReq req) {
                heard.add("requested");
            }

            @Override
            public void allocated(AllocateReq req, Allocation allocation, Duration after) {
                heard.add("allocated");
                took.add(after);
            }

            @Override
            public void refused(AllocateReq req, AllocationException error, Duration after) {
                heard.add("refused " + error.getClass().getSimpleName());
                took.add(after);
            }

            @Override
            public void abandoned(AllocateReq req, Duration after) {
                heard.add("abandoned");
            }
        };
    }

    private TestAllocator allocator(Placer placer) {
        return new TestAllocator(placer, test.time.timing(), Runnable::run, listener());
    }

    private void assertToldOf(Thrown thrown, CompletableFuture<Allocation> result) {
        assertThat(errorOf(result)).isInstanceOf(BackendException.class).hasCause(thrown.what());
    }

    private void assertNobodyIsSeated() {
        test.assertNoResidue(0);
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
}
