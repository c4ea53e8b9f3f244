package kit.orchestration.sdk;

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
final class Threads implements AutoCloseable {

    private final List<ExecutorService> own = new ArrayList<>();
    private final Executor callbacks;
    private final Executor entrance;
    private final ScheduledExecutorService scheduler;
    private final Executor healthCheck;

    Threads(@Nullable Executor callbacks, @Nullable ScheduledExecutorService scheduler) {
        this.callbacks = callbacks != null ? callbacks : single("orchestration-callbacks");
        this.entrance = callbacks != null ? callbacks : single("orchestration-entrance");
        this.scheduler = scheduler != null ? scheduler : ownScheduler();
        this.healthCheck = single("orchestration-health");
    }

    Executor callbacks() {
        return callbacks;
    }

    /** For players who wait: a slow listener does not keep them waiting, unless it is on their executor. */
    Executor entrance() {
        return entrance;
    }

    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** Its thread is started with the first task. */
    Executor healthCheck() {
        return healthCheck;
    }

    /** Takes no more tasks; what was handed over is still done. */
    @Override
    public void close() {
        own.forEach(ExecutorService::shutdown);
    }

    private Executor single(String name) {
        return keep(new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemon(name)));
    }

    private ScheduledExecutorService ownScheduler() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, daemon("orchestration-timers"));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return keep(executor);
    }

    private <T extends ExecutorService> T keep(T executor) {
        own.add(executor);
        return executor;
    }

    private static ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
