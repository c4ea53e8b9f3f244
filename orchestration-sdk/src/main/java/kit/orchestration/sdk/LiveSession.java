package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Delayed;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A claim and the session that it becomes, from {@code CLAIMED} to {@code ENDED}. Only {@link Sessions} changes the
 * state, under its lock.
 */
final class LiveSession implements Session {

    enum State {
        CLAIMED,
        RUNNING,
        ENDED
    }

    private final ClaimedSlot claim;
    private final Consumer<LiveSession> closer;
    private final CompletableFuture<EndReason> ended = new CompletableFuture<>();

    /** Written under the lock of {@link Sessions}; read anywhere. */
    volatile State state = State.CLAIMED;
    /** Written under the lock of {@link Sessions}; read anywhere. */
    volatile boolean revoked;
    /** Whether anybody but the one who started it has been let in. Guarded by the lock of {@link Sessions}. */
    boolean joined;

    /** What ends the present state by time, if anything. Written under this object's own lock. */
    private volatile @Nullable Future<?> timer;

    LiveSession(ClaimedSlot claim, Consumer<LiveSession> closer) {
        this.claim = claim;
        this.closer = closer;
    }

    ClaimedSlot claim() {
        return claim;
    }

    /** Completes {@link #ended()}: to be called where the game's code may run. */
    void completeEnded(EndReason reason) {
        ended.complete(reason);
    }

    /** Keeps the timer of a state, so that it can be cancelled. One that comes too late is cancelled at once. */
    void timer(State of, Future<?> timer) {
        if (!keeps(of, timer)) {
            timer.cancel(false); // under no lock: it is the scheduler's, which may be the game's
        }
    }

    private synchronized boolean keeps(State of, Future<?> due) {
        boolean counts = state == of;
        if (counts) {
            timer = due; // if it leaves the state just now, it cancels this one next
        }
        return counts;
    }

    /** To be called after the state has changed. */
    void cancelTimer() {
        Future<?> current;
        synchronized (this) {
            current = timer;
        }
        if (current != null) {
            current.cancel(false);
        }
    }

    /**
     * Whether its time as a claim has passed, by the scheduler's own clock, though the timer has not run: a process
     * that was stopped for a while finds its players at the door before its timers.
     */
    boolean isOverdue() {
        return state == State.CLAIMED && timer instanceof Delayed due && due.getDelay(NANOSECONDS) <= 0;
    }

    @Override
    public String id() {
        return claim.sessionId();
    }

    @Override
    public int slot() {
        return claim.slot();
    }

    @Override
    public Map<String, String> annotations() {
        return claim.annotations();
    }

    @Override
    public boolean isRevoked() {
        return revoked;
    }

    @Override
    public void close() {
        closer.accept(this);
    }

    @Override
    public CompletionStage<EndReason> ended() {
        return ended.minimalCompletionStage();
    }

    @Override
    public String toString() {
        return "Session[%s, slot %s, %s%s]".formatted(id(), slot(), state, revoked ? ", revoked" : "");
    }
}
