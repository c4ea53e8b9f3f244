package kit.orchestration.sdk;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the game's code, one call at a time, in the order in which calls were added, on the game's executor. Adding and
 * running are apart: what happened is added under the lock that orders it, and {@link #flush} is called after it. Who
 * still has to do what a call will say was done puts a {@link Gate} before it.
 */
final class Callbacks {

    /** Holds back the calls that were added after it until it is opened. */
    static final class Gate {
        private volatile boolean isOpen;

        /** Lets them through, at the next {@link #flush}. */
        void open() {
            isOpen = true;
        }
    }

    /** Calls that may be left out are, while so many wait. */
    static final int SPARE = 1_024;

    private static final long HANDOVER_LOOK = 100_000; // nanoseconds: a handover takes less, as a rule

    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);

    private final Executor executor;
    /** Calls, and gates between them. */
    private final Queue<Object> queue = new ConcurrentLinkedQueue<>();

    private final AtomicInteger waiting = new AtomicInteger();
    /** Who sees to the calls: the thread that hands them to the executor just now, then this; null if nobody does. */
    private final AtomicReference<@Nullable Object> caring = new AtomicReference<>();

    Callbacks(Executor executor) {
        this.executor = executor;
    }

    /** Adds a call. Runs nothing, so it may be called under a lock; {@link #flush} must follow. */
    void add(Runnable call) {
        waiting.incrementAndGet();
        queue.add(call);
    }

    /** Adds a call, unless many wait already. */
    void addIfSpare(Runnable call) {
        if (waiting.get() < SPARE) {
            add(call);
        }
    }

    /** Adds a gate, closed. Runs nothing, as {@link #add}. */
    Gate gate() {
        Gate gate = new Gate();
        queue.add(gate);
        return gate;
    }

    /**
     * Sees to it that what was added is run, up to a gate that is closed. Not to be called under a lock: the executor
     * may run it here.
     */
    void flush() {
        Thread me = Thread.currentThread();
        while (isDue() && caring.compareAndSet(null, me)) {
            if (!isCallDue()) {
                caring.set(null);
                continue;
            }
            try {
                executor.execute(this::drain);
                caring.compareAndSet(me, this);
                return;
            } catch (RejectedExecutionException e) {
                int lost = clear();
                caring.set(null);
                log.warn("the callback executor takes no more tasks: {} callbacks are lost", lost, e);
            } catch (RuntimeException | Error e) {
                caring.set(null);
                log.error("the callback executor failed: callbacks wait for the next event", e);
                return;
            }
        }
    }

    /**
     * Waits until nobody else is between a flush and the executor, which may be shut down then; for that long. Who has
     * just opened a gate may not have flushed yet: that is done here.
     */
    void awaitHandover(Duration atMost) {
        flush();
        long start = System.nanoTime();
        while (caring.get() instanceof Thread other
                && other != Thread.currentThread()
                && System.nanoTime() - start <= atMost.toNanos()) {
            LockSupport.parkNanos(HANDOVER_LOOK);
        }
    }

    private void drain() {
        caring.set(this); // it runs: what it calls may close the server
        do {
            for (Runnable call = next(); call != null; call = next()) {
                run(call);
            }
            caring.set(null);
            // again: what was added, or let through, after the last look, and whose flush saw us draining still
        } while (isDue() && caring.compareAndSet(null, this));
    }

    private boolean isDue() {
        Object first = queue.peek();
        return first != null && !(first instanceof Gate gate && !gate.isOpen);
    }

    /** Whether there is a call that may be run, once the gates before it that are open are gone; only for who cares. */
    private boolean isCallDue() {
        while (queue.peek() instanceof Gate gate && gate.isOpen) {
            queue.remove();
        }
        return queue.peek() instanceof Runnable;
    }

    /** The first call that may be run, if there is one; only for who cares. */
    private @Nullable Runnable next() {
        if (isCallDue() && queue.remove() instanceof Runnable call) {
            waiting.decrementAndGet();
            return call;
        }
        return null;
    }

    private static void run(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) { // whatever the game throws harms nobody else
            try {
                log.error("a session listener threw", e);
            } catch (Throwable unprintable) {
                log.error(
                        "a session listener threw a {} that can't be logged",
                        e.getClass().getName());
            }
        }
    }

    private int clear() {
        int lost = 0;
        while (next() != null) {
            lost++;
        }
        return lost;
    }
}
