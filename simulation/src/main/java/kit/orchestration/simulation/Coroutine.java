package kit.orchestration.simulation;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import kit.orchestration.sdk.platform.BootThread;

/**
 * Code that blocks, as a boot does: on a thread of its own, which runs only while the schedule waits for it. So there
 * is one that runs at any time, and which is the schedule's to say.
 */
final class Coroutine implements BootThread {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "coroutine");
        thread.setDaemon(true);
        return thread;
    });

    /** Its process was killed. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    private final SimThread on;
    private final Semaphore mine = new Semaphore(0);
    private final Semaphore schedules = new Semaphore(0);
    private long waits;
    private boolean parked;

    private Coroutine(SimThread on) {
        this.on = on;
    }

    /** What blocks. */
    interface Body {
        void run(Coroutine here);
    }

    static void start(SimThread on, Body body) {
        Coroutine coroutine = new Coroutine(on);
        on.process().whenKilled(coroutine::resume);
        on.execute(() -> {
            THREADS.execute(() -> coroutine.run(body));
            coroutine.handOver();
        });
    }

    private void run(Body body) {
        mine.acquireUninterruptibly();
        try {
            body.run(this);
        } catch (Killed killed) {
            assert !on.process().isAlive();
        } catch (RuntimeException | Error failure) {
            on.process().failed.accept(failure);
        } finally {
            schedules.release();
        }
    }

    /** The schedule's: lets it run until it waits, or ends. */
    private void handOver() {
        mine.release();
        schedules.acquireUninterruptibly();
    }

    private void resume() {
        if (parked) {
            parked = false;
            handOver();
        }
    }

    private void resume(long wait) {
        if (wait == waits) {
            resume();
        }
    }

    private void park() {
        parked = true;
        schedules.release();
        mine.acquireUninterruptibly();
        waits++;
        if (!on.process().isAlive()) {
            throw new Killed();
        }
    }

    @Override
    public long nanoTime() {
        return on.process().nanoTime();
    }

    @Override
    public <T> T await(CompletableFuture<T> answer, long nanos) throws ExecutionException, TimeoutException {
        long deadline = nanoTime() + Math.max(0, nanos);
        while (!answer.isDone()) {
            if (deadline - nanoTime() <= 0) {
                throw new TimeoutException("no answer in time");
            }
            long wait = waits;
            answer.whenComplete((value, failure) -> on.execute(() -> resume(wait)));
            on.schedule(() -> resume(wait), deadline - nanoTime(), TimeUnit.NANOSECONDS);
            park();
        }
        try {
            return answer.get();
        } catch (InterruptedException never) {
            throw new IllegalStateException("nobody interrupts a coroutine", never);
        }
    }

    @Override
    public void sleep(long nanos) {
        long wait = waits;
        on.schedule(() -> resume(wait), nanos, TimeUnit.NANOSECONDS);
        park();
    }

    @Override
    public RandomGenerator random() {
        return on.process().time.random;
    }
}
