package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Time that a test moves: tasks run on the test's thread, one after the other, each when its time has come. As on a
 * thread of its own, nothing runs inside of what gives it a task; unlike on one, all of a long task's time may be made
 * to pass at once, see {@link #stop}.
 */
final class VirtualTime extends AbstractExecutorService implements ScheduledExecutorService {

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    /** Near where it overflows: only differences of times mean anything. */
    private long now = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos();

    private final long began = now;
    private long count;
    private boolean shutdown;

    /** A loop that runs here. */
    Loop loop() {
        return new Loop(this, this::nanoTime);
    }

    long nanoTime() {
        return now;
    }

    /** How long it goes. */
    Duration time() {
        return Duration.ofNanos(now - began);
    }

    /** Tasks that wait for their time. */
    int waiting() {
        return tasks.size();
    }

    void advance(Duration duration) {
        long end = now + duration.toNanos();
        for (Task next = tasks.peek(); next != null && next.due - end <= 0; next = tasks.peek()) {
            now = next.due - now > 0 ? next.due : now;
            tasks.remove().run();
        }
        now = end - now > 0 ? end : now; // a task may have taken longer
    }

    /** Runs what is to be run now. */
    void settle() {
        advance(Duration.ZERO);
    }

    /** Lets time pass in which nothing runs: the process was stopped, or is in the middle of a long task. */
    void stop(Duration duration) {
        now += duration.toNanos();
    }

    @Override
    public void execute(Runnable command) {
        schedule(command, 0, TimeUnit.NANOSECONDS);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return add(new Task(command, now + unit.toNanos(delay), 0));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initial, long delay, TimeUnit unit) {
        return add(new Task(command, now + unit.toNanos(initial), unit.toNanos(delay)));
    }

    private Task add(Task task) {
        if (shutdown) {
            throw new RejectedExecutionException("shut down");
        }
        tasks.add(task);
        return task;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initial, long period, TimeUnit unit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
        shutdown = true;
        tasks.removeIf(task -> task.due != now || task.period > 0);
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        settle();
        return shutdown;
    }

    private final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long period;
        private final long order = count++;
        private long due;

        Task(Runnable command, long due, long period) {
            super(command, null);
            this.due = due;
            this.period = period;
        }

        @Override
        public void run() {
            if (period == 0) {
                super.run();
            } else if (runAndReset() && !shutdown) {
                due = now + period;
                tasks.add(this);
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            tasks.remove(this);
            return super.cancel(mayInterruptIfRunning);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - now, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Task task = (Task) other;
            int byTime = Long.signum(due - task.due);
            return byTime != 0 ? byTime : Long.compare(order, task.order);
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
