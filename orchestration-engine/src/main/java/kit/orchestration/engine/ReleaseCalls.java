package kit.orchestration.engine;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.Limits;

/** The releases of one allocator: each ends in time, and when the allocator is closed. */
final class ReleaseCalls {

    private final AllocatorEngine.Backend backend;
    private final ScheduledExecutorService scheduler;
    private final Duration callTimeout;
    private final BooleanSupplier closed;
    /** What ends each that is under way. */
    private final Set<Runnable> pending = ConcurrentHashMap.newKeySet();

    ReleaseCalls(
            AllocatorEngine.Backend backend,
            ScheduledExecutorService scheduler,
            Duration callTimeout,
            BooleanSupplier closed) {
        this.backend = backend;
        this.scheduler = scheduler;
        this.callTimeout = callTimeout;
        this.closed = closed;
    }

    /** Begins a release. What goes wrong comes by the future; it completes on the backend's thread, or a timer's. */
    CompletableFuture<Void> begin(String pool, String sessionId) {
        Objects.requireNonNull(pool, "pool must not be null");
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        Limits.checkPool(pool);
        CompletableFuture<Void> end = new CompletableFuture<>();
        Runnable failClosed = () -> end.completeExceptionally(new AllocatorClosedException(pool, null));
        pending.add(failClosed);
        end.whenComplete((done, error) -> pending.remove(failClosed));
        if (closed.getAsBoolean()) { // after the add: close() may have looked before it
            failClosed.run();
            return end;
        }
        try {
            backend.release(pool, sessionId).whenComplete((done, error) -> {
                if (error == null) {
                    end.complete(null);
                } else {
                    end.completeExceptionally(error);
                }
            });
            if (!end.isDone()) {
                Runnable late = () -> end.completeExceptionally(late());
                Future<?> timer = scheduler.schedule(late, callTimeout.toNanos(), TimeUnit.NANOSECONDS);
                end.whenComplete((done, error) -> timer.cancel(false));
            }
        } catch (RejectedExecutionException schedulerIsDown) {
            failClosed.run();
        } catch (Throwable failed) {
            end.completeExceptionally(failed);
        }
        return end;
    }

    /** Fails all that are under way: whether they were written nobody waits to hear. */
    void close() {
        pending.forEach(Runnable::run);
    }

    private TimeoutException late() {
        return new TimeoutException("no answer within " + callTimeout.toMillis() + " ms");
    }
}
