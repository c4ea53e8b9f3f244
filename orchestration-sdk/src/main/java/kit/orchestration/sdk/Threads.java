package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The executors of a server: the caller's, or single daemon threads of our own, which alone end with it. */
final class Threads {

    private final List<ExecutorService> own = new ArrayList<>();
    private final Executor callbacks;
    private final Executor entrance;
    private final Timers timers;
    private final Executor healthCheck;
    /** Where our own executor of callbacks runs them, once there was one. */
    private volatile @Nullable Thread callbackThread;

    Threads(@Nullable Executor callbacks, @Nullable ScheduledExecutorService scheduler) {
        this.callbacks = callbacks != null
                ? callbacks
                : single(task -> callbackThread = daemon("orchestration-callbacks", task));
        this.entrance = callbacks != null ? callbacks : single(task -> daemon("orchestration-entrance", task));
        this.timers = new Timers(scheduler != null ? scheduler : ownScheduler());
        this.healthCheck = single(task -> daemon("orchestration-health", task));
    }

    Executor callbacks() {
        return callbacks;
    }

    /** For players who wait: a slow listener does not keep them waiting, unless it is on their executor. */
    Executor entrance() {
        return entrance;
    }

    Timers timers() {
        return timers;
    }

    /** Its thread is started with the first task. */
    Executor healthCheck() {
        return healthCheck;
    }

    /**
     * Takes no more tasks; what was handed over is still done. Callbacks on a thread of ours are waited for, unless
     * this is one: a daemon thread is cut off with the JVM, which may end as soon as this has returned.
     */
    void close(Duration patience) {
        timers.close();
        own.forEach(ExecutorService::shutdown);
        Thread running = callbackThread;
        if (running == null || running == Thread.currentThread()) {
            return;
        }
        try {
            NANOSECONDS.timedJoin(running, patience.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ExecutorService single(ThreadFactory thread) {
        return keep(new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), thread));
    }

    private ScheduledExecutorService ownScheduler() {
        ScheduledThreadPoolExecutor executor =
                new ScheduledThreadPoolExecutor(1, task -> daemon("orchestration-timers", task));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return keep(executor);
    }

    private <T extends ExecutorService> T keep(T executor) {
        own.add(executor);
        return executor;
    }

    static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
