package kit.orchestration.engine;

import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.LongSupplier;

/**
 * Where time comes from, so that a test can be its master.
 *
 * @param clock the time of day, for what others read
 * @param nanoTime a monotonic clock, for what is measured here
 * @param scheduler runs what has become due; its delays go by the same clock as {@code nanoTime}
 */
public record Timing(InstantSource clock, LongSupplier nanoTime, ScheduledExecutorService scheduler) {

    /**
     * The system's clocks, and a scheduler of one daemon thread of this name, to be shut down by whoever asked for it.
     */
    public static Timing system(String threadName) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            return thread;
        });
        scheduler.setRemoveOnCancelPolicy(true);
        return new Timing(InstantSource.system(), System::nanoTime, scheduler);
    }
}
