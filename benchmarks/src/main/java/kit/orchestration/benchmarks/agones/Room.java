package kit.orchestration.benchmarks.agones;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The checker: how many slots are certainly free. It counts what was asked for, whether it was answered or not, and
 * each session until its time is over and its end has been written. Safe for several threads.
 */
final class Room {

    /** From the end of a claim's time until a sidecar has written that: two flushes, and some. */
    private static final long END_MS = 2_000;

    private final int slots;
    private final ScheduledExecutorService timer;
    private final AtomicInteger held = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    Room(int slots, ScheduledExecutorService timer) {
        this.slots = slots;
        this.timer = timer;
    }

    /** A session is asked for. */
    void asked() {
        most.accumulateAndGet(held.incrementAndGet(), Math::max);
    }

    /** Nothing was written. */
    void refused() {
        held.decrementAndGet();
    }

    /** It was written, or may have been. */
    void claimed() {
        timer.schedule(held::decrementAndGet, Client.TTL.toMillis() + END_MS, TimeUnit.MILLISECONDS);
    }

    /** Whether there is certainly room. */
    boolean isLeft() {
        return held.get() < slots;
    }

    /** Blocks until nothing is held. */
    void awaitEmpty() throws InterruptedException {
        while (held.get() > 0) {
            Thread.sleep(20);
        }
    }

    /** The most that was held at once; begins anew. */
    int takeMost() {
        return most.getAndSet(held.get());
    }
}
