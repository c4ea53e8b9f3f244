package kit.orchestration.sdk;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A clock and a scheduler that stand still until a test moves them; due tasks run on the thread that does. */
public final class ManualTime extends AbstractExecutorService implements ScheduledExecutorService, InstantSource {

    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>();
    private long now;
    private long order;
    private final boolean inTurn;

    /** Called with the delay of each task that is added, before it is. */
    volatile Consumer<Duration> onSchedule = delay -> {};

    /** What is executed is run at once, by whoever hands it over. */
    public ManualTime() {
        this(false);
    }

    /**
     * Stands still.
     *
     * @param inTurn whether what is executed has its turn as on a thread of its own: when the time is moved, or settled
     */
    public ManualTime(boolean inTurn) {
        this.inTurn = inTurn;
    }

    public long nanoTime() {
        return Duration.between(START, instant()).toNanos();
    }

    @Override
    public synchronized Instant instant() {
        return START.plusNanos(now);
    }

    public void advance(Duration duration) {
        long target;
        synchronized (this) {
            target = now + duration.toNanos();
        }
        for (Task<?> task = next(target); task != null; task = next(target)) {
            task.runOnce();
        }
    }

    /** Time passes while the process is stopped: nothing runs. */
    synchronized void freeze(Duration duration) {
        now += duration.toNanos();
    }

    /** Tasks that wait for their time. */
    synchronized int waiting() {
        return tasks.size();
    }

    private synchronized Task<?> next(long target) {
        Task<?> task = tasks.peek();
        if (task == null || task.due > target) {
            now = Math.max(now, target);
            return null;
        }
        now = Math.max(now, task.due);
        return tasks.poll();
    }

    private <V> Task<V> add(Callable<V> call, long delay, long period) {
        onSchedule.accept(Duration.ofNanos(delay));
        return put(call, delay, period);
    }

    private synchronized <V> Task<V> put(Callable<V> call, long delay, long period) {
        Task<V> task = new Task<>(call, now + delay, period, order++);
        tasks.add(task);
        return task;
    }

    private synchronized void remove(Task<?> task) {
        tasks.remove(task);
    }

    private synchronized void again(Task<?> task) {
        task.due = now + task.period;
        tasks.add(task);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(delay), 0);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return add(callable, unit.toNanos(delay), 0);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initial, long period, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initial), unit.toNanos(period));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initial, long delay, TimeUnit unit) {
        return scheduleAtFixedRate(command, initial, delay, unit);
    }

    @Override
    public void execute(Runnable command) {
        if (inTurn) {
            put(Executors.callable(command), 0, 0);
        } else {
            command.run();
        }
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }

    private final class Task<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {
        private final long period;
        private final long number;
        private long due;

        Task(Callable<V> call, long due, long period, long number) {
            super(call);
            this.due = due;
            this.period = period;
            this.number = number;
        }

        void runOnce() {
            if (period == 0) {
                run();
            } else if (runAndReset()) {
                again(this);
            }
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            remove(this);
            return super.cancel(mayInterrupt);
        }

        @Override
        public boolean isPeriodic() {
            return period > 0;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            synchronized (ManualTime.this) {
                return unit.convert(due - now, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public int compareTo(Delayed other) {
            Task<?> that = (Task<?>) other;
            return due != that.due ? Long.compare(due, that.due) : Long.compare(number, that.number);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
