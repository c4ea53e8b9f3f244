package kit.orchestration.agones;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.engine.Deferred;

/** The one lock of a pool. Nothing is sent, signed, told or logged under it: that is deferred until after it. */
final class Guard {

    private final ReentrantLock lock = new ReentrantLock();

    /** Runs work under the lock, then what it deferred. */
    void run(Consumer<Deferred> work) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            work.accept(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }

    <T> T get(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }
}
