package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scheduler, made safe: a task that throws is logged, and a scheduler that was shut down harms nobody. */
final class Timers {

    private static final Logger log = LoggerFactory.getLogger(Timers.class);

    private final ScheduledExecutorService scheduler;
    /** Whether nothing is to be run any more: the scheduler may be gone. */
    private volatile boolean closed;

    Timers(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    /** Nothing is timed from now on. */
    void close() {
        closed = true;
    }

    /** Runs the task after the delay; a future that is done already if no more tasks are taken. */
    Future<?> after(Duration delay, Runnable task) {
        if (closed) {
            return CompletableFuture.completedFuture(null);
        }
        try {
            return scheduler.schedule(guarded(task), delay.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return rejected(e);
        }
    }

    /** Runs the task again and again, each time the period after its last end. */
    Future<?> every(Duration period, Runnable task) {
        try {
            return scheduler.scheduleWithFixedDelay(guarded(task), period.toNanos(), period.toNanos(), NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return rejected(e);
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) { // or what runs again and again would end, silently
                log.error("a timer's task failed", e);
            }
        };
    }

    private static Future<?> rejected(RejectedExecutionException e) {
        log.warn("the scheduler takes no more tasks: claims and sessions no longer end by time", e);
        return CompletableFuture.completedFuture(null);
    }
}
