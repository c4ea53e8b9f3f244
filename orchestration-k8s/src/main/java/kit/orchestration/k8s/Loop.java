package kit.orchestration.k8s;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of an allocator's view: what is only touched here needs no lock, and news is told in the order in which it
 * came. Its tasks are short and never block. It goes by the system's clock, as the API server does. After {@link #close}
 * tasks are dropped.
 */
final class Loop implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private final ScheduledThreadPoolExecutor executor;

    Loop() {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "orchestration-k8s-view");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(guarded(task));
        } catch (RejectedExecutionException closed) {
            log.trace("a task came after the close");
        }
    }

    /** Runs the task once the delay has passed. */
    void after(Duration delay, Runnable task) {
        try {
            executor.schedule(guarded(task), delay.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            log.trace("a task came after the close");
        }
    }

    /** Runs the task now and then. */
    void every(Duration period, Runnable task) {
        executor.scheduleWithFixedDelay(guarded(task), period.toNanos(), period.toNanos(), NANOSECONDS);
    }

    /** Takes no more tasks, drops those that wait for their time, and waits a moment for the running one. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(1, SECONDS)) {
                log.warn("the allocator's view still runs: a listener does not return");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error failure) {
                log.error("a task of the allocator's view failed; please report this", failure);
            }
        };
    }
}
