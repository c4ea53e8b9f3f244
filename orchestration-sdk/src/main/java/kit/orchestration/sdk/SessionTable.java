package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import kit.orchestration.sdk.LiveSession.State;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of this pod's sessions: {@code CLAIMED → RUNNING → ENDED}, or {@code CLAIMED → ENDED} if the claim
 * expires or is taken back. Whatever races, each session takes each step once; who made it take the last one frees it.
 *
 * <p>Nothing is done here but that: timers, platform and the game are called by {@link Sessions}, after the lock. Only the
 * order of the listener's calls is set down under it ({@link Callbacks#add}), so that it is the order of the steps.
 */
final class SessionTable {

    /** How a player comes in. */
    enum Mode {
        START,
        JOIN,
        ENTER
    }

    /** What became of a claim that was told. */
    enum Seen {
        NEW,
        KNOWN,
        CLOSED
    }

    /** A player let in, or why not; one of the two is null. */
    record Entry(@Nullable LiveSession session, @Nullable Reason refusal, boolean started) {
        private static Entry refused(Reason reason) {
            return new Entry(null, reason, false);
        }
    }

    /** What the table knows of a session: the slot it holds or held (−1: never told), and how it ended, if it did. */
    record Known(int slot, @Nullable Reason ended) {}

    /** Sessions that ended and are remembered, the newest. */
    static final int REMEMBERED = 4_096;

    private static final int NO_SLOT = -1;

    private final SessionListener listener;
    private final Callbacks callbacks;

    /** Guards the fields below, and what {@link LiveSession} says it guards. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition idle = lock.newCondition();
    private final Map<String, LiveSession> live = new HashMap<>();
    private final Map<String, Known> past = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };
    private boolean closed;

    SessionTable(SessionListener listener, Callbacks callbacks) {
        this.listener = listener;
        this.callbacks = callbacks;
    }

    /** A claim was told, perhaps not for the first time, perhaps after its end. */
    Seen claimed(LiveSession session) {
        return locked(() -> {
            if (live.containsKey(session.id()) || past.containsKey(session.id())) {
                return Seen.KNOWN;
            }
            if (closed) {
                past.put(session.id(), new Known(session.slot(), Reason.ENDED));
                return Seen.CLOSED;
            }
            live.put(session.id(), session);
            callbacks.add(() -> listener.claimed(session.claim()));
            return Seen.NEW;
        });
    }

    /**
     * Lets a player in, if the session's state bears it.
     *
     * @param late whether the player's token came too late to start anything
     */
    Entry enter(String sessionId, Mode mode, boolean late) {
        return locked(() -> {
            if (closed) {
                return Entry.refused(Reason.UNAVAILABLE);
            }
            LiveSession session = live.get(sessionId);
            if (session == null) {
                Known known = past.get(sessionId);
                Reason ended = known == null ? null : known.ended();
                return Entry.refused(ended == null ? Reason.UNKNOWN_SESSION : ended);
            }
            boolean running = session.state == State.RUNNING;
            if (mode == Mode.START && running) {
                return Entry.refused(Reason.ALREADY_STARTED);
            }
            if (mode == Mode.JOIN && !running) {
                return Entry.refused(Reason.NOT_STARTED);
            }
            if (late && !running) {
                return Entry.refused(Reason.EXPIRED);
            }
            session.joined |= running;
            session.state = State.RUNNING;
            return new Entry(session, null, !running);
        });
    }

    /** The claim's time has passed. True if that ended it. */
    boolean expire(LiveSession session) {
        return locked(() -> {
            if (session.state != State.CLAIMED) {
                return false;
            }
            remove(session, Reason.EXPIRED);
            callbacks.add(() -> listener.expired(session.claim()));
            return true;
        });
    }

    /** The session, claimed or running; null if it is neither. */
    @Nullable
    LiveSession live(String sessionId) {
        return locked(() -> live.get(sessionId));
    }

    /** Ends a session that runs. True if this call did. */
    boolean end(LiveSession session, EndReason reason) {
        return locked(() -> session.state == State.RUNNING && endRunning(session, reason));
    }

    /** Ends a session that was started for somebody who had gone, unless somebody else has come. True if it did. */
    boolean abandon(LiveSession session) {
        return locked(() -> session.state == State.RUNNING && !session.joined && endRunning(session, EndReason.CLOSED));
    }

    /** The session was released from outside. Returns it if nobody had started it: it has ended, and is to be freed. */
    @Nullable
    LiveSession revoke(String sessionId) {
        return locked(() -> {
            LiveSession session = live.get(sessionId);
            return session == null ? null : takeBack(session);
        });
    }

    /** The claim is no more: if nobody had started it, it has ended and its slot is not ours to free. */
    @Nullable
    LiveSession gone(String sessionId) {
        return locked(() -> {
            LiveSession session = live.get(sessionId);
            if (session == null) {
                // An answer to find() that is under way may still have the claim: it must not come to life again.
                past.putIfAbsent(sessionId, new Known(NO_SLOT, Reason.ENDED));
                return null;
            }
            return takeBack(session);
        });
    }

    /** Ends everything, and lets nothing new in. Returns what is to be freed; nothing the second time. */
    List<LiveSession> close() {
        return locked(() -> {
            closed = true;
            List<LiveSession> all = new ArrayList<>(live.values());
            for (LiveSession session : all) {
                if (session.state == State.RUNNING) {
                    endRunning(session, EndReason.SERVER_CLOSED);
                } else {
                    withdraw(session);
                }
            }
            return all;
        });
    }

    /** Takes back every claim that nobody has started. Returns what is to be freed. */
    List<LiveSession> withdrawClaims() {
        return locked(() -> {
            List<LiveSession> claimed = live.values().stream()
                    .filter(session -> session.state == State.CLAIMED)
                    .toList();
            claimed.forEach(this::withdraw);
            return claimed;
        });
    }

    boolean isClosed() {
        return locked(() -> closed);
    }

    /** What is known of a session; null if it was never told of, or ended long ago. */
    @Nullable
    Known known(String sessionId) {
        return locked(() -> {
            LiveSession session = live.get(sessionId);
            return session == null ? past.get(sessionId) : new Known(session.slot(), null);
        });
    }

    List<Session> running() {
        return locked(() -> live.values().stream()
                .filter(session -> session.state == State.RUNNING)
                .<Session>map(session -> session)
                .toList());
    }

    /** Waits until nothing is claimed or running. False if the time has passed before. */
    boolean awaitIdle(Duration timeout) throws InterruptedException {
        long left = saturatedNanos(timeout);
        lock.lockInterruptibly();
        try {
            while (!live.isEmpty()) {
                if (left <= 0) {
                    return false;
                }
                left = idle.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable LiveSession takeBack(LiveSession session) {
        if (session.state == State.CLAIMED) {
            withdraw(session);
            return session;
        }
        if (!session.revoked) {
            session.revoked = true;
            callbacks.add(() -> listener.revoked(session));
        }
        return null;
    }

    private void withdraw(LiveSession session) {
        remove(session, Reason.ENDED);
        callbacks.add(() -> listener.withdrawn(session.claim()));
    }

    private boolean endRunning(LiveSession session, EndReason asked) {
        EndReason reason = session.revoked && asked == EndReason.CLOSED ? EndReason.REVOKED : asked;
        remove(session, Reason.ENDED);
        callbacks.add(() -> session.completeEnded(reason));
        callbacks.add(() -> listener.ended(session, reason));
        return true;
    }

    private void remove(LiveSession session, Reason reason) {
        session.state = State.ENDED;
        live.remove(session.id());
        past.put(session.id(), new Known(session.slot(), reason));
        if (live.isEmpty()) {
            idle.signalAll();
        }
    }

    private <T extends @Nullable Object> T locked(Supplier<T> step) {
        lock.lock();
        try {
            return step.get();
        } finally {
            lock.unlock();
            callbacks.flush();
        }
    }

    private static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0
                ? Long.MAX_VALUE
                : NANOSECONDS.convert(duration);
    }
}
