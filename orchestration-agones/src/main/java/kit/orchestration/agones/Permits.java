package kit.orchestration.agones;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A bounded number of calls under way. Whoever finds none free is called when one is. Safe for any thread. */
final class Permits {

    /** Nothing is called under it. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    @GuardedBy("lock")
    private int free;

    Permits(int count) {
        this.free = count;
    }

    /** Takes one, if one is free; if not, {@code whenFree} is run once, some time later, and may try again. */
    boolean tryAcquire(Runnable whenFree) {
        lock.lock();
        try {
            if (free > 0) {
                free--;
                return true;
            }
            waiting.add(whenFree);
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Runs a task that gives its permit back by {@link #release}, now or when there is one. */
    void run(Runnable task) {
        if (tryAcquire(new Later(this, task))) {
            task.run();
        }
    }

    /**
     * Gives one back. Not under a lock: whoever waits longest is run, and the next if that takes none after all, since
     * what it waited for is done.
     */
    void release() {
        lock.lock();
        try {
            free++;
        } finally {
            lock.unlock();
        }
        for (Runnable next = next(); next != null; next = next()) {
            next.run();
        }
    }

    /** Who is to be run now; null if nobody waits, or none is free. */
    private @Nullable Runnable next() {
        lock.lock();
        try {
            Runnable next = free == 0 ? null : waiting.stream().findFirst().orElse(null);
            if (next != null) {
                waiting.remove(next);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** By identity, unlike the task: each is run. */
    private static final class Later implements Runnable {
        private final Permits permits;
        private final Runnable task;

        Later(Permits permits, Runnable task) {
            this.permits = permits;
            this.task = task;
        }

        @Override
        public void run() {
            permits.run(task);
        }
    }
}
