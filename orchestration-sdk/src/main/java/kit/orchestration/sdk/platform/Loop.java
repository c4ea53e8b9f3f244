package kit.orchestration.sdk.platform;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a pod: what is only touched here needs no lock, and what is told from here is told in order. Its tasks
 * are short and never block. After {@link #close} tasks are dropped.
 */
public final class Loop implements Executor, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private final ScheduledThreadPoolExecutor executor;

    /**
     * Starts no thread yet.
     *
     * @param name the thread's
     */
    public Loop(String name) {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, name);
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
        } catch (RejectedExecutionException e) {
            log.trace("a task came after the close");
        }
    }

    /** Runs the task after the delay. */
    public Future<?> after(Duration delay, Runnable task) {
        try {
            return executor.schedule(guarded(task), delay.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Takes no more tasks, drops those that wait for their time, and waits a moment for the running one. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(1, SECONDS)) {
                log.warn("the pod's loop still runs: its listener does not return");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("a task of the pod's loop failed", e);
            }
        };
    }
}
