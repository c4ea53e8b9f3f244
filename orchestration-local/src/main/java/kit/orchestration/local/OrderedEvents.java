package kit.orchestration.local;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs events in the order in which they were added, one at a time, on whichever thread finds nobody at it. What is
 * added under a lock and run after it keeps the order of the lock, and calls nobody under it.
 *
 * <p>A thread that comes back from within an event runs there what was added: it may be about to wait for it.
 */
final class OrderedEvents {

    private static final Logger LOG = LoggerFactory.getLogger(OrderedEvents.class);

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();

    void add(Runnable event) {
        queue.add(event);
    }

    /** Runs what was added, unless another thread is at it: then that one does. */
    void run() {
        Thread me = Thread.currentThread();
        if (runner.get() == me) {
            drain();
        }
        // Again: what was added after the last look, by who then saw us at it still.
        while (!queue.isEmpty() && runner.compareAndSet(null, me)) {
            try {
                drain();
            } finally {
                runner.set(null);
            }
        }
    }

    private void drain() {
        for (Runnable event = queue.poll(); event != null; event = queue.poll()) {
            run(event);
        }
    }

    private static void run(Runnable event) {
        try {
            event.run();
        } catch (Throwable e) { // against the listener's contract; the events after it come all the same
            LOG.error("a pod's listener threw", e);
        }
    }
}
