package kit.orchestration.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.EndReason;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.testkit.History.Claimed;
import kit.orchestration.testkit.History.Died;
import kit.orchestration.testkit.History.Freed;
import kit.orchestration.testkit.History.Started;
import org.jspecify.annotations.Nullable;

/** A pod of a {@link Storm}: whatever its processes see goes into the history, until they crash. */
final class StormPod {

    private enum State {
        UP,
        UNREADY,
        DRAINING,
        CRASHED,
        REMOVED
    }

    /** Writes down what one process hears. */
    private final class Life implements SessionListener {
        final int number = processes.incrementAndGet();
        volatile boolean dead;

        @Override
        public void claimed(ClaimedSlot claim) {
            if (!dead) {
                history.add(new Claimed(key, number, claim.slot(), claim.sessionId()));
            }
        }

        @Override
        public void expired(ClaimedSlot claim) {
            freed(claim.slot(), claim.sessionId());
        }

        @Override
        public void withdrawn(ClaimedSlot claim) {
            freed(claim.slot(), claim.sessionId());
        }

        @Override
        public void ended(Session session, EndReason reason) {
            freed(session.slot(), session.id());
        }

        private void freed(int slot, String sessionId) {
            if (!dead) {
                history.add(new Freed(key, number, slot, sessionId));
            }
        }
    }

    private final String key;
    private final History history;
    private final AtomicInteger processes = new AtomicInteger();
    private final ContractPod hooks;
    private volatile @Nullable Life process;

    /** One thing happens to a pod at a time. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private State state = State.UP;

    /**
     * Adds a pod.
     *
     * @param key what the history calls it: its name comes later than its first events may
     */
    StormPod(
            ContractBackend backend,
            String pool,
            String key,
            int capacity,
            Map<String, String> labels,
            History history) {
        this.key = key;
        this.history = history;
        hooks = backend.addPod(new PodSpec(pool, capacity, labels, () -> {
            Life fresh = new Life();
            process = fresh;
            return fresh;
        }));
    }

    String key() {
        return key;
    }

    String name() {
        return hooks.name();
    }

    int capacity() {
        return hooks.capacity();
    }

    /** Starts a session, as a player would; null if the pod refuses. */
    @Nullable
    Session start(Allocation allocation) throws InterruptedException {
        Life now = current();
        try {
            Session session = hooks.server().start(allocation.token());
            if (now == process && !now.dead) {
                history.add(new Started(key, now.number, session.slot(), session.id()));
            }
            return session;
        } catch (TokenRefusedException refused) {
            return null;
        }
    }

    /** Lets something happen to it; true if it is gone, and another should come. */
    boolean happen(Random random) {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            switch (state) {
                case UP -> {
                    switch (random.nextInt(5)) {
                        case 0 -> {
                            state = State.UNREADY;
                            hooks.unready();
                        }
                        case 1 -> {
                            state = State.DRAINING;
                            hooks.drain();
                        }
                        case 2 -> {
                            state = State.CRASHED;
                            die();
                            hooks.crash();
                        }
                        case 3 -> restart();
                        default -> {
                            return remove();
                        }
                    }
                }
                case UNREADY -> {
                    state = State.UP;
                    hooks.ready();
                }
                case DRAINING, CRASHED -> {
                    if (random.nextBoolean()) {
                        return remove();
                    }
                    restart();
                }
                case REMOVED -> {
                    return false;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Lets it serve again, whatever has happened to it; a process that runs goes on, unless it drains. */
    void calm() {
        lock.lock();
        try {
            switch (state) {
                case UNREADY -> hooks.ready();
                case DRAINING, CRASHED -> restart();
                case UP, REMOVED -> {}
            }
        } finally {
            lock.unlock();
        }
    }

    void endSessions() {
        hooks.server().sessions().forEach(Session::close);
    }

    @GuardedBy("lock")
    private void restart() {
        die();
        hooks.restart();
        state = State.UP;
    }

    @GuardedBy("lock")
    private boolean remove() {
        state = State.REMOVED;
        die();
        hooks.remove();
        return true;
    }

    private void die() {
        Life dying = current();
        dying.dead = true;
        history.add(new Died(key, dying.number));
    }

    private Life current() {
        return Objects.requireNonNull(process);
    }
}
