package kit.orchestration.simulation;

import java.time.Duration;
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

/** A thread of a process: does one task at a time, in the order in which they are due, each a little late. */
final class SimThread extends AbstractExecutorService implements ScheduledExecutorService {

    private static final Duration LATE = Duration.ofNanos(20_000);

    private final SimProcess process;
    private final PriorityQueue<Task<?>> tasks = new PriorityQueue<>();
    private long numbers;
    /** The last turn that was planned; an earlier one is void. */
    private long turn;

    private long plannedFor = Long.MAX_VALUE;
    private boolean shutdown;

    SimThread(SimProcess process) {
        this.process = process;
    }

    SimProcess process() {
        return process;
    }

    /** Sees to it that the next task has its turn. */
    void plan() {
        plannedFor = Long.MAX_VALUE;
        turn++;
        Task<?> next = tasks.peek();
        if (next != null && process.runs()) {
            long mine = turn;
            plannedFor = next.due;
            process.time.at(
                    Math.max(next.due, process.time.now())
                            + process.time.about(LATE).toNanos(),
                    () -> turn(mine));
        }
    }

    private void turn(long mine) {
        if (mine != turn || !process.runs()) {
            return;
        }
        Task<?> first = tasks.peek();
        boolean due = first != null && first.due <= process.time.now(); // else what was planned for is cancelled
        Task<?> task = due ? tasks.poll() : null;
        plan();
        if (task != null) {
            task.run();
        }
    }

    private <V> Task<V> add(Callable<V> callable, long delay, long period) {
        if (shutdown) {
            throw new RejectedExecutionException("the thread takes no more tasks");
        }
        Task<V> task = new Task<>(callable, process.time.now() + Math.max(0, delay), period);
        if (process.isAlive()) {
            tasks.add(task);
            if (task.due < plannedFor) {
                plan();
            }
        }
        return task;
    }

    @Override
    public void execute(Runnable command) {
        add(Executors.callable(command), 0, 0);
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
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing here is done at a fixed rate");
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        return add(Executors.callable(command), unit.toNanos(initialDelay), unit.toNanos(delay));
    }

    @Override
    public void shutdown() {
        shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown = true;
        List<Runnable> left = new ArrayList<>(tasks);
        tasks.clear();
        return left;
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown && tasks.isEmpty();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }

    private final class Task<V> extends FutureTask<V> implements RunnableScheduledFuture<V> {

        private final long period;
        private final long number = numbers++;
        private long due;

        Task(Callable<V> callable, long due, long period) {
            super(callable);
            this.due = due;
            this.period = period;
        }

        @Override
        public void run() {
            if (period == 0) {
                super.run();
            } else if (runAndReset() && !shutdown) {
                due = process.time.now() + period;
                tasks.add(this);
                plan();
            }
        }

        @Override
        protected void setException(Throwable failure) {
            super.setException(failure);
            process.failed.accept(failure);
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            boolean cancelled = super.cancel(false);
            tasks.remove(this);
            return cancelled;
        }

        @Override
        public boolean isPeriodic() {
            return period > 0;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - process.time.now(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Task<?> task = (Task<?>) other;
            return due != task.due ? Long.compare(due, task.due) : Long.compare(number, task.number);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number);
        }
    }
}
