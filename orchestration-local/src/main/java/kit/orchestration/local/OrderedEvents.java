package kit.orchestration.local;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs events in the order in which they were added, one at a time, on whichever thread finds nobody at it. What is
 * added under a lock and run after it keeps the order of the lock, and calls nobody under it.
 */
final class OrderedEvents {

    private static final Logger LOG = LoggerFactory.getLogger(OrderedEvents.class);

    private final Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    void add(Runnable event) {
        queue.add(event);
    }

    /** Runs what was added, unless another thread is at it: then that one does. */
    void run() {
        if (waiting.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Runnable event = queue.poll(); event != null; event = queue.poll()) {
                run(event);
            }
            seen = waiting.addAndGet(-seen);
        } while (seen != 0);
    }

    private static void run(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) { // against the listener's contract; the events after it come all the same
            LOG.error("a pod's listener threw", e);
        }
    }
}
