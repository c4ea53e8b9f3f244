package kit.orchestration.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import kit.orchestration.engine.matching.Matching;
import kit.orchestration.engine.matching.Step;
import org.jspecify.annotations.Nullable;

/**
 * Hands the matching to one thread at a time. A turn takes some hundred nanoseconds, far less than it takes to hand a
 * lock over to a thread that sleeps: so whoever has the lock takes the others' turns, too (flat combining: Hendler,
 * Incze, Shavit and Tzafrir, SPAA 2010), and who waits for its turn spins for a moment before it sleeps. Where threads
 * meet, the others leave their turns to who had the lock last, though it is free: the matching is in that processor's
 * cache, and to move it costs several turns. What a turn leads to is for the thread that asked for it, after the lock.
 */
final class Turns {

    /** How often to look whether the turn is taken; a few times as long as a turn. */
    private static final int SPINS = 200;

    /** For how many looks another thread is left to take it, if there is one: some twenty microseconds. */
    private static final int PATIENCE = 400;

    private static final class Turn {
        private final Matching.Event event;
        private final long now;
        private final Queue<Step> leadsTo;
        /** The one that was asked for before it. */
        private @Nullable Turn before;

        private @Nullable Throwable thrown;
        /** Written last: who reads it true may read the others. */
        private volatile boolean taken;

        private Turn(Matching.Event event, long now, Queue<Step> leadsTo) {
            this.event = event;
            this.now = now;
            this.leadsTo = leadsTo;
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    /** The last of the turns that were asked for while another thread had the lock. */
    private final AtomicReference<@Nullable Turn> asked = new AtomicReference<>();

    /** Those of them whose turn it is, in the order in which they were asked for. */
    @GuardedBy("lock")
    private @Nullable Turn next;

    @GuardedBy("lock")
    private final Matching matching;

    /** Who had the lock last. */
    private volatile @Nullable Thread last;
    /** Whether turns come so fast that who had the lock is about to have it again. */
    private volatile boolean contended;

    Turns(Matching matching) {
        this.matching = matching;
    }

    /** Tells the matching of an event; what that leads to is added to the queue, which is for this thread alone. */
    void take(Matching.Event event, long now, Queue<Step> leadsTo) {
        Throwable thrown;
        Thread me = Thread.currentThread();
        if ((!contended || last == me) && lock.tryLock()) {
            try {
                if (last != me) {
                    last = me;
                }
                thrown = tell(event, now, leadsTo);
                takeAsked();
            } finally {
                lock.unlock();
            }
        } else {
            if (!contended) {
                contended = true;
            }
            Turn turn = new Turn(event, now, leadsTo);
            ask(turn);
            await(turn);
            thrown = turn.thrown;
        }
        if (thrown != null) {
            throw new IllegalStateException("a turn of the pool failed; please report this", thrown);
        }
    }

    /** What this throws is the asker's, not of who took its turn. */
    @GuardedBy("lock")
    private @Nullable Throwable tell(Matching.Event event, long now, Queue<Step> leadsTo) {
        try {
            matching.on(event, now, leadsTo);
            return null;
        } catch (Throwable broken) {
            return broken;
        }
    }

    /** Until somebody has taken it, which may be this thread. */
    private void await(Turn turn) {
        for (int spins = 0; !turn.taken; spins++) {
            if (contended) {
                if (spins < PATIENCE) {
                    Thread.onSpinWait();
                    continue;
                }
                contended = false; // nobody came
            }
            if (spins < SPINS && (lock.isLocked() || !lock.tryLock())) {
                Thread.onSpinWait();
                continue;
            }
            if (spins >= SPINS) {
                lock.lock();
            }
            try {
                last = Thread.currentThread();
                takeAsked();
            } finally {
                lock.unlock();
            }
        }
    }

    /** A look at the matching. */
    <T> T see(Function<Matching, T> look) {
        lock.lock();
        try {
            T seen = look.apply(matching);
            takeAsked();
            return seen;
        } finally {
            lock.unlock();
        }
    }

    private void ask(Turn turn) {
        do {
            turn.before = asked.get();
        } while (!asked.compareAndSet(turn.before, turn));
    }

    /** Takes the turns that others have asked for, in the order in which they did. */
    @GuardedBy("lock")
    private void takeAsked() {
        if (next == null && asked.get() != null) {
            for (Turn last = asked.getAndSet(null); last != null; ) {
                Turn before = last.before;
                last.before = next;
                next = last;
                last = before;
            }
        }
        for (Turn turn = next; turn != null; turn = next) {
            turn.thrown = tell(turn.event, turn.now, turn.leadsTo);
            next = turn.before; // not before: if this stack overflows those that are left take their turns themselves
            turn.taken = true;
        }
    }
}
