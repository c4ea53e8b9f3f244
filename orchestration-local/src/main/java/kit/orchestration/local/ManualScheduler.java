package kit.orchestration.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The scheduler of a {@link ManualClock}. */
@SuppressWarnings("GuardedBy") // Error Prone does not follow a lock into the lambda that runs under it
final class ManualScheduler extends AbstractExecutorService implements ScheduledExecutorService {

    /** Held while the time moves: a second thread that moves it does so after the first. */
    private final ReentrantLock moves = new ReentrantLock();
    /** No task runs under it. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>();

    @GuardedBy("lock")
    private long now;

    @GuardedBy("lock")
    private long sequence;

    @GuardedBy("lock")
    private boolean shutdown;

    long nanoTime() {
        return locked(() -> now);
    }

    void advance(long nanos) {
        moves.lock();
        try {
            long target = Math.addExact(nanoTime(), nanos);
            for (Task<?> task = nextUntil(target); task != null; task = nextUntil(target)) {
                task.run();
            }
        } finally {
            moves.unlock();
        }
    }

    private @Nullable Task<?> nextUntil(long target) {
        lock.lock();
        try {
            Task<?> next = tasks.peek();
            boolean due = next != null && next.due <= target;
            now = Math.max(now, due ? next.due : target);
            return due ? tasks.poll() : null;
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void execute(Runnable command) {
        command.run();
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(delay), 0, false);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, unit.toNanos(delay), 0, false);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initialDelay), positive(unit.toNanos(period)), true);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initialDelay), positive(unit.toNanos(delay)), false);
    }

    @Override
    public void shutdown() {
        shutdownNow();
    }

    @Override
    public List<Runnable> shutdownNow() {
        return locked(() -> {
            shutdown = true;
            List<Runnable> left = new ArrayList<>(tasks);
            tasks.clear();
            return left;
        });
    }

    @Override
    public boolean isShutdown() {
        return locked(() -> shutdown);
    }

    @Override
    public boolean isTerminated() {
        return isShutdown();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return isShutdown();
    }

    private <V> Task<V> add(Callable<V> callable, long delay, long period, boolean fixedRate) {
        return locked(() -> {
            if (shutdown) {
                throw new RejectedExecutionException("the manual scheduler is shut down");
            }
            Task<V> task = new Task<>(callable, later(now, delay), period, fixedRate, sequence++);
            tasks.add(task);
            return task;
        });
    }

    private static long positive(long period) {
        if (period <= 0) {
            throw new IllegalArgumentException("the period must be positive, was %s ns".formatted(period));
        }
        return period;
    }

    /** The end of time at the latest: no overflow into the past. */
    private static long later(long time, long delay) {
        long sum = time + Math.max(0, delay);
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private final class Task<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
        private final long period;
        private final boolean fixedRate;
        private final long order;
        private long due;

        Task(Callable<V> callable, long due, long period, boolean fixedRate, long order) {
            super(callable);
            this.due = due;
            this.period = period;
            this.fixedRate = fixedRate;
            this.order = order;
        }

        @Override
        public boolean isPeriodic() {
            return period > 0;
        }

        @Override
        public void run() {
            if (!isPeriodic()) {
                super.run();
            } else if (runAndReset()) {
                locked(() -> {
                    due = later(fixedRate ? due : now, period);
                    return !shutdown && tasks.add(this);
                });
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            locked(() -> tasks.remove(this));
            return cancelled;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            if (!(other instanceof Task<?> task)) {
                throw new IllegalArgumentException("tasks of two schedulers can't be compared");
            }
            int byTime = Long.compare(due, task.due);
            return byTime != 0 ? byTime : Long.compare(order, task.order);
        }
    }
}
