package kit.orchestration.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.Token;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one allocator, from the request to the allocation: deadlines, cancelling, delivery, and at the end giving
 * back whatever no caller took. It holds no lock; each call is settled once, by whoever comes first.
 */
public final class AllocatorEngine {

    /** What the backend does for the calls. */
    public interface Backend {

        /**
         * Where calls for a pool go.
         *
         * @throws kit.orchestration.UnknownPoolException if nobody knows the pool
         */
        Placer placer(AllocateReq request);

        /**
         * What the tries of a request share, as the backend's ledger remembers it and {@link Pool#requestSeen} names it;
         * null if it has no {@link AllocateReq#requestId()}, which it is by default.
         */
        default @Nullable String requestKey(AllocateReq request) {
            return request.requestId();
        }

        /** The token of a claim. Called on the caller's thread or the executor, several at once. */
        Token sign(Claim claim);

        /** As {@link Committer#giveBack}. */
        void giveBack(Claim claim);
    }

    private final Backend backend;
    private final Timing timing;
    private final Duration callTimeout;
    private final Executor executor;
    private final AllocatorListener listener;
    private final AtomicLong arrivals = new AtomicLong();
    /** Calls that were not settled at once. */
    private final Set<Call> pending = ConcurrentHashMap.newKeySet();

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
        Call call;
        try {
            call = submit(request);
        } catch (AllocationException error) {
            listener.refused(request, error, Duration.ZERO);
            throw error;
        }
        try {
            Allocation allocation = issue(call.outcome().get());
            listener.allocated(request, allocation, took(call));
            return allocation;
        } catch (InterruptedException interrupted) {
            abandon(call);
            throw interrupted;
        } catch (ExecutionException failed) {
            throw refused(call, failed.getCause());
        } catch (RuntimeException | Error notSigned) {
            throw refused(call, notSigned);
        }
    }

    /** As {@link kit.orchestration.Allocator#allocateAsync}. */
    public CompletableFuture<Allocation> allocateAsync(AllocateReq request) {
        Objects.requireNonNull(request, "req must not be null");
        CompletableFuture<Allocation> result = new CompletableFuture<>();
        Call call;
        try {
            call = submit(request);
        } catch (AllocationException error) {
            listener.refused(request, error, Duration.ZERO);
            result.completeExceptionally(error);
            return result;
        }
        AtomicBoolean decided = new AtomicBoolean();
        call.outcome()
                .whenComplete((claim, error) -> execute(() -> {
                    if (!decided.getAndSet(true)) {
                        deliver(call, claim, error, result);
                    }
                }));
        result.whenComplete((allocation, error) -> {
            if (call.abandon()) {
                call.placer().withdraw(call);
            } else if (!decided.getAndSet(true) && !call.outcome().isCompletedExceptionally()) {
                backend.giveBack(call.outcome().join()); // claimed, and the executor has not come to it
            }
        });
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
        return first;
    }

    private Call submit(AllocateReq request) {
        checkOpen(request.pool(), request);
        Call call = new Call(
                request,
                backend.requestKey(request),
                backend.placer(request),
                arrivals.getAndIncrement(),
                timing.nanoTime().getAsLong());
        try {
            call.placer().place(call);
            if (!call.isSettled() && request.maxWait().isZero()) {
                call.placer().overdue(call);
            }
        } catch (RuntimeException broken) {
            abandon(call);
            throw broken;
        }
        if (!call.isSettled()) {
            watch(call);
        }
        return call;
    }

    /** A call that takes time: it ends in time, and when the allocator is closed. */
    private void watch(Call call) {
        pending.add(call);
        call.outcome().whenComplete((claim, error) -> pending.remove(call));
        Duration maxWait = call.request().maxWait();
        try {
            if (maxWait.isZero()) {
                after(callTimeout, call, () -> end(call));
            } else {
                after(maxWait, call, () -> {
                    call.placer().overdue(call);
                    if (!call.isSettled()) {
                        after(callTimeout, call, () -> end(call));
                    }
                });
            }
        } catch (RejectedExecutionException schedulerIsDown) {
            failClosed(call);
        }
        if (closed.get()) {
            failClosed(call);
        }
    }

    /** Runs a task after a delay, unless the call is settled by then. */
    private void after(Duration delay, Call call, Runnable task) {
        Future<?> timer = timing.scheduler().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        call.outcome().whenComplete((claim, error) -> timer.cancel(false));
    }

    private void end(Call call) {
        boolean nothingWritten = call.placer().expire(call);
        call.fail(new BackendException(
                "the backend gave no answer within %d ms; look at its health, or raise callTimeout"
                        .formatted(callTimeout.toMillis()),
                call.request().pool(),
                call.request(),
                nothingWritten ? Outcome.NOT_APPLIED : Outcome.UNKNOWN,
                true,
                null));
        // If it lost a race since the look above, it has waited again, and nobody else would withdraw it.
        call.placer().withdraw(call);
    }

    private void failClosed(Call call) {
        AllocateReq request = call.request();
        call.fail(new AllocatorClosedException(request.pool(), request));
        call.placer().withdraw(call);
    }

    /** The caller is gone: whatever the call has come by, or comes by, goes back. */
    private void abandon(Call call) {
        if (call.abandon()) {
            call.placer().withdraw(call);
        } else if (!call.outcome().isCompletedExceptionally()) {
            backend.giveBack(call.outcome().join());
        }
    }

    private void deliver(
            Call call, @Nullable Claim claim, @Nullable Throwable error, CompletableFuture<Allocation> result) {
        if (claim == null) {
            if (!(error instanceof CancellationException)) {
                result.completeExceptionally(refused(call, error));
            }
        } else if (result.isDone()) {
            backend.giveBack(claim);
        } else {
            try {
                Allocation allocation = issue(claim);
                if (result.complete(allocation)) {
                    listener.allocated(call.request(), allocation, took(call));
                } else {
                    backend.giveBack(claim);
                }
            } catch (RuntimeException | Error notSigned) {
                result.completeExceptionally(refused(call, notSigned));
            }
        }
    }

    private Allocation issue(Claim claim) {
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
        } catch (RuntimeException | Error failed) {
            backend.giveBack(claim);
            throw failed;
        }
    }

    private AllocationException refused(Call call, @Nullable Throwable error) {
        AllocateReq request = call.request();
        AllocationException refusal = error instanceof AllocationException known
                ? known
                : new BackendException(
                        "the allocator failed; please report this",
                        request.pool(),
                        request,
                        Outcome.UNKNOWN,
                        false,
                        error);
        listener.refused(request, refusal, took(call));
        return refusal;
    }

    private Duration took(Call call) {
        return call.waited(timing.nanoTime().getAsLong());
    }

    /** Runs on the executor; if that does not take it, elsewhere, but never on the thread that settled the call. */
    private void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException executorIsDown) {
            ForkJoinPool.commonPool().execute(task);
        }
    }
}
