package kit.orchestration.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.Token;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of one allocator, from the request to the allocation: deadlines, cancelling, delivery, and at the end
 * giving back whatever no caller took. It holds no lock; each call is settled once, by whoever comes first, and told to
 * the listener once.
 *
 * <p>Whatever a backend throws, an {@link Error} too, ends the call that it was thrown for, and no other.
 */
public final class AllocatorEngine {

    private static final Logger LOG = LoggerFactory.getLogger(AllocatorEngine.class);

    /** What the backend does for the calls. */
    public interface Backend {

        /**
         * Where calls for a pool go.
         *
         * @throws kit.orchestration.UnknownPoolException if nobody knows the pool
         */
        Placer placer(AllocateReq request);

        /**
         * What the tries of a request share, as the backend's ledger remembers it and {@link Pool#requestSeen} names
         * it; null if it has no {@link AllocateReq#requestId()}, which it is by default.
         */
        default @Nullable String requestKey(AllocateReq request) {
            return request.requestId();
        }

        /** The token of a claim. Called on the caller's thread or the executor, several at once. */
        Token sign(Claim claim);

        /**
         * Ends a session from outside. Does not block; fails with an {@link AllocationException}, or with whatever went
         * wrong, by the stage or at once. The pool's name is a valid one, and the allocator was open.
         */
        CompletionStage<?> release(String pool, String sessionId);

        /** What to tell a caller whose call has had no answer in time: the backend may know why. */
        default AllocationException noAnswer(AllocateReq request, Duration callTimeout, Outcome outcome) {
            return new BackendException(
                    "the backend gave no answer within " + callTimeout.toMillis()
                            + " ms; look at its health, or raise callTimeout",
                    request.pool(),
                    request,
                    outcome,
                    true,
                    null);
        }
    }

    private final Backend backend;
    private final Timing timing;
    private final Duration callTimeout;
    private final Executor executor;
    private final AllocatorListener listener;
    private final AtomicLong arrivals = new AtomicLong();
    /** Calls that were not settled at once. */
    private final Set<Call> pending = ConcurrentHashMap.newKeySet();

    private final ReleaseCalls releases;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * An engine.
     *
     * @param backend the backend
     * @param timing clocks and scheduler; not shut down here
     * @param callTimeout how long a call may take beyond its {@code maxWait}
     * @param executor completes futures; not shut down here
     * @param listener hears of each call
     */
    public AllocatorEngine(
            Backend backend, Timing timing, Duration callTimeout, Executor executor, AllocatorListener listener) {
        this.backend = backend;
        this.timing = timing;
        this.callTimeout = callTimeout;
        this.executor = executor;
        this.listener = new SafeListener(listener);
        this.releases = new ReleaseCalls(backend, timing.scheduler(), callTimeout, closed::get);
    }

    /** The listener, such that what it throws is logged. */
    public AllocatorListener listener() {
        return listener;
    }

    /** As {@link kit.orchestration.Allocator#allocate}. */
    public Allocation allocate(AllocateReq request) throws InterruptedException {
        Objects.requireNonNull(request, "req must not be null");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Call call = submit(request);
        try {
            Allocation allocation = issue(call, call.outcome().get());
            listener.allocated(request, allocation, took(call));
            return allocation;
        } catch (InterruptedException interrupted) {
            if (!abandon(call) && !call.outcome().isCompletedExceptionally()) {
                giveBack(call, call.outcome().join());
            }
            listener.abandoned(request, took(call));
            throw interrupted;
        } catch (ExecutionException failed) {
            throw refused(call, failed);
        } catch (Throwable notSigned) {
            throw refused(call, notSigned);
        }
    }

    /** As {@link kit.orchestration.Allocator#allocateAsync}. */
    public CompletableFuture<Allocation> allocateAsync(AllocateReq request) {
        Objects.requireNonNull(request, "req must not be null");
        CompletableFuture<Allocation> result = new CompletableFuture<>();
        Call call = submit(request);
        // Taken by whoever sees to the outcome: the delivery, or the caller who has completed the future before.
        AtomicBoolean taken = new AtomicBoolean();
        call.outcome()
                .whenComplete((claim, error) -> execute(() -> {
                    if (!taken.getAndSet(true)) {
                        deliver(call, claim, error, result);
                    }
                }));
        result.whenComplete((allocation, error) -> {
            if (!taken.getAndSet(true)) {
                if (!abandon(call) && !call.outcome().isCompletedExceptionally()) {
                    giveBack(call, call.outcome().join()); // claimed, and the executor has not come to it
                }
                listener.abandoned(request, took(call));
            }
        });
        return result;
    }

    /** As {@link kit.orchestration.Allocator#release(String, String)}. */
    public void release(String pool, String sessionId) {
        CompletableFuture<Void> end = releases.begin(pool, sessionId);
        try {
            end.join();
        } catch (CompletionException | CancellationException failed) {
            throw Failures.here(Failures.ofRelease(pool, failed));
        }
    }

    /** As {@link kit.orchestration.Allocator#releaseAsync(String, String)}. */
    public CompletableFuture<Void> releaseAsync(String pool, String sessionId) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        releases.begin(pool, sessionId)
                .whenComplete((done, failed) -> execute(() -> {
                    if (failed == null) {
                        result.complete(null);
                    } else {
                        result.completeExceptionally(Failures.ofRelease(pool, failed));
                    }
                }));
        return result;
    }

    /** Whether {@link #close} was called; throws if so. */
    public void checkOpen(String pool, @Nullable AllocateReq request) {
        if (closed.get()) {
            throw new AllocatorClosedException(pool, request);
        }
    }

    /**
     * Fails whatever waits. Claims that are being written are given back when their answer comes.
     *
     * @return false if it was closed before
     */
    public boolean close() {
        boolean first = !closed.getAndSet(true);
        pending.forEach(this::failClosed);
        releases.close();
        return first;
    }

    /** Sets a call on its way; whatever goes wrong is its outcome. */
    private Call submit(AllocateReq request) {
        listener.requested(request);
        long now = timing.nanoTime().getAsLong();
        Call call;
        try {
            checkOpen(request.pool(), request);
            call = new Call(
                    request, backend.requestKey(request), backend.placer(request), arrivals.getAndIncrement(), now);
        } catch (Throwable nowhere) { // checked ones too: Kotlin throws them undeclared
            return Call.failed(request, now, nowhere);
        }
        guarded(call, placed -> {
            placed.placer().place(placed);
            if (!placed.isSettled() && request.maxWait().isZero()) {
                placed.placer().overdue(placed);
            }
            if (!placed.isSettled()) {
                watch(placed);
            }
        });
        return call;
    }

    /** A call that takes time: it ends in time, and when the allocator is closed. */
    private void watch(Call call) {
        pending.add(call);
        call.outcome().whenComplete((claim, error) -> pending.remove(call));
        Duration maxWait = call.request().maxWait();
        if (maxWait.isZero()) {
            after(callTimeout, call, this::end);
        } else {
            after(maxWait, call, this::overdue);
        }
        if (closed.get()) {
            failClosed(call);
        }
    }

    private void overdue(Call call) {
        call.placer().overdue(call);
        if (!call.isSettled()) {
            after(callTimeout, call, this::end);
        }
    }

    /** Runs a task after a delay, unless the call is settled by then. */
    private void after(Duration delay, Call call, Consumer<Call> task) {
        try {
            Future<?> timer =
                    timing.scheduler().schedule(() -> guarded(call, task), delay.toNanos(), TimeUnit.NANOSECONDS);
            call.outcome().whenComplete((claim, error) -> timer.cancel(false));
        } catch (RejectedExecutionException schedulerIsDown) {
            failClosed(call);
        }
    }

    private void end(Call call) {
        Outcome outcome = withdraw(call, true) ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
        fail(call, backend.noAnswer(call.request(), callTimeout, outcome));
    }

    private void failClosed(Call call) {
        fail(call, new AllocatorClosedException(call.request().pool(), call.request()));
    }

    /** A step of a call: what it throws ends the call. */
    private void guarded(Call call, Consumer<Call> step) {
        try {
            step.accept(call);
        } catch (Throwable broken) {
            fail(call, broken);
        }
    }

    /**
     * Settled first, then withdrawn: if it loses a race meanwhile it waits again, and nobody else would withdraw it.
     */
    private void fail(Call call, Throwable error) {
        call.fail(error);
        withdraw(call, false);
    }

    /** The caller is gone; false if the call was settled before. */
    private boolean abandon(Call call) {
        boolean abandoned = call.abandon();
        if (abandoned) {
            withdraw(call, false);
        }
        return abandoned;
    }

    private static boolean withdraw(Call call, boolean timeIsOver) {
        try {
            return call.placer().withdraw(call, timeIsOver);
        } catch (Throwable broken) {
            LOG.error(
                    "a call for pool {} could not be withdrawn", call.request().pool(), broken);
            return false;
        }
    }

    private static void giveBack(Call call, Claim claim) {
        try {
            call.placer().giveBack(claim);
        } catch (Throwable broken) {
            LOG.error("a claim that nobody took could not be given back; its claimTtl ends it: {}", claim, broken);
        }
    }

    private void deliver(
            Call call, @Nullable Claim claim, @Nullable Throwable error, CompletableFuture<Allocation> result) {
        if (claim != null && result.isDone()) { // nobody is left to sign a token for
            giveBack(call, claim);
            listener.abandoned(call.request(), took(call));
            return;
        }
        Allocation allocation = null;
        Throwable failure = error;
        if (claim != null) {
            try {
                allocation = issue(call, claim);
            } catch (Throwable notSigned) {
                failure = notSigned;
            }
        }
        // Before the future is completed: that runs the caller's own callbacks.
        Duration took = took(call);
        if (allocation != null && claim != null) {
            if (result.complete(allocation)) {
                listener.allocated(call.request(), allocation, took);
            } else {
                giveBack(call, claim);
                listener.abandoned(call.request(), took);
            }
        } else {
            AllocationException refusal = Failures.ofCall(call.request(), failure, closed.get());
            if (result.completeExceptionally(refusal)) {
                listener.refused(call.request(), refusal, took);
            } else {
                listener.abandoned(call.request(), took);
            }
        }
    }

    private Allocation issue(Call call, Claim claim) {
        try {
            Map<String, String> annotations = new HashMap<>(claim.annotations());
            annotations.put(Allocation.POD_ANNOTATION, claim.podName());
            return new Allocation(
                    claim.pool(),
                    claim.address(),
                    claim.sessionId(),
                    backend.sign(claim),
                    annotations,
                    claim.expiresAt());
        } catch (Throwable failed) {
            giveBack(call, claim);
            throw failed;
        }
    }

    private AllocationException refused(Call call, Throwable error) {
        AllocationException refusal = Failures.ofCall(call.request(), error, closed.get());
        listener.refused(call.request(), refusal, took(call));
        return Failures.here(refusal);
    }

    private Duration took(Call call) {
        return call.waited(timing.nanoTime().getAsLong());
    }

    /** Runs on the executor; if that does not take it, elsewhere, but never on the thread that settled the call. */
    private void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (Throwable executorIsDown) {
            CompletableFuture.runAsync(task); // not the common pool as such: it may have no thread
        }
    }
}
