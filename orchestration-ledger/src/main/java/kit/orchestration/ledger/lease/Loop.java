package kit.orchestration.ledger.lease;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread: what is only touched here needs no lock, and what is told from here is told in order. Its tasks are short
 * and never block. What a task throws is logged, and the next one runs.
 *
 * <p>After {@link #close} a task is refused, loudly, so that a future that should have gone on here fails instead of
 * never being done; a delayed one is dropped, since its time would not come.
 */
public final class Loop implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private final ScheduledExecutorService executor;
    private final LongSupplier nanoTime;

    /** A loop on a daemon thread of its own and of this name, by the system's clock. */
    public Loop(String name) {
        this(thread(name), System::nanoTime);
    }

    /** A loop on the one thread of an executor, which is shut down with it, and goes by that monotonic clock. */
    public Loop(ScheduledExecutorService executor, LongSupplier nanoTime) {
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    private static ScheduledExecutorService thread(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        return executor;
    }

    /** The time by its monotonic clock. Any thread. */
    public long nanoTime() {
        return nanoTime.getAsLong();
    }

    /** Runs the task, in its turn; throws {@link RejectedExecutionException} if the loop is closed. */
    @Override
    public void execute(Runnable task) {
        executor.execute(guarded(task));
    }

    /** Runs the task, in its turn; false if the loop is closed, and it will not be run. Any thread. */
    public boolean offer(Runnable task) {
        try {
            execute(task);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    /**
     * Has what becomes of a stage taken here, unless the loop is closed by then. What the taking throws is logged: with
     * {@link CompletionStage#whenCompleteAsync} it would stay in a stage that nobody looks at.
     */
    public <T> void whenDone(
            CompletionStage<T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> taking) {
        stage.whenComplete((value, failure) -> offer(() -> taking.accept(value, failure)));
    }

    /** Runs the task after the delay, unless the loop is closed by then. */
    public Future<?> after(Duration delay, Runnable task) {
        try {
            return executor.schedule(guarded(task), delay.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Runs the task now and then, until it is cancelled or the loop is closed. */
    public Future<?> every(Duration period, Runnable task) {
        try {
            return executor.scheduleWithFixedDelay(guarded(task), period.toNanos(), period.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Takes no more tasks, drops those that wait for their time, runs the others, and waits a moment for them. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(1, SECONDS)) {
                log.warn("a loop still runs: its listener does not return");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error failure) { // or the executor would keep it to itself
                log.error("a task failed; please report this", failure);
            }
        };
    }
}
