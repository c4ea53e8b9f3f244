package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import kit.orchestration.sdk.LiveSession.State;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine of this pod's sessions: {@code CLAIMED → RUNNING → ENDED}, or {@code CLAIMED → ENDED} if the claim
 * expires or is taken back. Whatever races, each session takes each step once, and is freed once.
 *
 * <p>Under the lock nothing is done but that: what a step entails for timers, platform and game is done after it. Only
 * the order of the listener's calls is set down under it ({@link Callbacks#add}), so that it is the order of the steps;
 * and whatever a step frees is free before it is heard of, on whichever thread that is.
 */
@SuppressWarnings("GuardedBy") // Error Prone does not follow a lock into the lambda that runs under it
final class Sessions implements PlatformListener {

    /** How a player comes in. */
    enum Mode {
        START,
        JOIN,
        ENTER
    }

    /** A player let in, or why not; one of the two is null. */
    record Entry(@Nullable LiveSession session, @Nullable Reason refusal, boolean started) {
        private static Entry refused(Reason reason) {
            return new Entry(null, reason, false);
        }
    }

    /** What is known of a session: the slot it holds or held (−1: never told), and how it ended, if it did. */
    record Known(int slot, @Nullable Reason ended) {}

    /** A thread that frees sessions, and what holds the news of them back until it has. */
    private record Freeing(Thread by, Callbacks.Gate news) {}

    /** Sessions that ended and are remembered, the newest. */
    static final int REMEMBERED = 4_096;

    private static final int NO_SLOT = -1;

    private static final Logger log = LoggerFactory.getLogger(Sessions.class);

    private final SessionListener listener;
    private final Callbacks callbacks;
    private final Platform platform;
    private final Timers timers;
    private final @Nullable Duration maxSession;

    /** Guards the fields below, and what {@link LiveSession} says it guards. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition idle = lock.newCondition();

    @GuardedBy("lock")
    private final Map<String, LiveSession> live = new HashMap<>();

    @GuardedBy("lock")
    private final Map<String, Known> past = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };
    /** What the present step has ended, and is to be freed after it. */
    @GuardedBy("lock")
    private final List<LiveSession> freed = new ArrayList<>();

    /** What the present step tells the game. */
    @GuardedBy("lock")
    private final List<Runnable> told = new ArrayList<>();

    /**
     * Those who are just telling the platform of sessions that have ended: who closes it before they have would keep
     * their slots.
     */
    @GuardedBy("lock")
    private final List<Freeing> freeing = new ArrayList<>();

    /** Why nobody is let in any more; null until then. */
    @GuardedBy("lock")
    private @Nullable Reason shut;

    Sessions(
            SessionListener listener,
            Callbacks callbacks,
            Platform platform,
            Timers timers,
            @Nullable Duration maxSession) {
        this.listener = listener;
        this.callbacks = callbacks;
        this.platform = platform;
        this.timers = timers;
        this.maxSession = maxSession;
    }

    /**
     * One that has ended is freed again: its ledger has gone back to before its end. So is a second slot of one that
     * lives: somebody has copied or moved its claim.
     */
    @Override
    public void claimed(ClaimedSlot claim) {
        LiveSession session = new LiveSession(claim, ended -> end(ended, EndReason.CLOSED));
        boolean isNew = locked(() -> {
            LiveSession known = live.get(session.id());
            if (known != null) {
                if (known.slot() != session.slot()) {
                    freed.add(session);
                }
                return false;
            }
            if (shut != null || past.containsKey(session.id())) {
                past.putIfAbsent(session.id(), new Known(session.slot(), Reason.ENDED));
                freed.add(session);
                return false;
            }
            live.put(session.id(), session);
            told.add(() -> listener.claimed(claim));
            return true;
        });
        if (isNew) {
            log.debug("session {} claimed slot {}", claim.sessionId(), claim.slot());
            session.timer(State.CLAIMED, timers.after(claim.ttl(), () -> expire(session)));
        }
    }

    @Override
    public void revoked(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        locked(() -> {
            LiveSession session = live.get(sessionId);
            return session != null && takeBack(session) && freed.add(session);
        });
    }

    /** If nobody had started it, it has ended, and its slot is not ours to free. */
    @Override
    public void gone(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        LiveSession ended = locked(() -> {
            LiveSession session = live.get(sessionId);
            if (session == null) {
                // An answer to find() that is under way may still have the claim: it must not come to life again.
                past.putIfAbsent(sessionId, new Known(NO_SLOT, Reason.ENDED));
            }
            return session != null && takeBack(session) ? session : null;
        });
        if (ended != null) {
            ended.cancelTimer();
        }
    }

    /** Lets a player in, if the session's state bears it; one who is late starts nothing. */
    Entry enter(String sessionId, Mode mode, boolean late) {
        LiveSession known = locked(() -> live.get(sessionId));
        if (known != null && known.isOverdue()) {
            expire(known);
        }
        Entry entry = locked(() -> step(sessionId, mode, late));
        LiveSession session = entry.session();
        if (session != null && entry.started()) {
            session.cancelTimer();
            if (maxSession != null) {
                session.timer(State.RUNNING, timers.after(maxSession, () -> end(session, EndReason.MAX_SESSION)));
            }
        }
        return entry;
    }

    private Entry step(String sessionId, Mode mode, boolean late) {
        if (shut != null) {
            return Entry.refused(shut);
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
    }

    /** Ends a session that was started for somebody who had gone, unless somebody else has come. */
    void abandon(LiveSession session) {
        locked(() -> session.state == State.RUNNING && !session.joined && endRunning(session, EndReason.CLOSED));
    }

    /** Gives back what is claimed and was not started. Returns how many claims that were. */
    int withdrawClaims() {
        return locked(() -> {
            List<LiveSession> claimed = live.values().stream()
                    .filter(session -> session.state == State.CLAIMED)
                    .toList();
            claimed.forEach(this::withdraw);
            freed.addAll(claimed);
            return claimed.size();
        });
    }

    /** Ends everything; what is claimed from now on is given back. When it has returned the platform may be closed. */
    void close() {
        locked(() -> freed.addAll(shut(Reason.UNAVAILABLE)));
        lock.lock();
        try {
            while (isFreeing()) {
                idle.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends everything, and frees nothing: the slots are another's. */
    @Override
    public void lost() {
        locked(() -> shut(Reason.OTHER_POD)).forEach(LiveSession::cancelTimer);
    }

    private List<LiveSession> shut(Reason why) {
        shut = why;
        List<LiveSession> all = List.copyOf(live.values());
        for (LiveSession session : all) {
            if (session.state == State.RUNNING) {
                finish(session, EndReason.SERVER_CLOSED);
            } else {
                withdraw(session);
            }
        }
        return all;
    }

    /** As {@link Callbacks#awaitHandover}. */
    void awaitHandover(Duration atMost) {
        callbacks.awaitHandover(atMost);
    }

    /** Why nobody is let in any more; null as long as players are. */
    @Nullable
    Reason shut() {
        return locked(() -> shut);
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

    /** Waits until nothing is claimed or running, or to be freed yet. False if the time has passed before. */
    boolean awaitIdle(Duration timeout) throws InterruptedException {
        long left = NANOSECONDS.convert(timeout);
        lock.lockInterruptibly();
        try {
            while (!live.isEmpty() || isFreeing()) {
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

    private void expire(LiveSession session) {
        boolean expired = locked(() -> {
            if (session.state != State.CLAIMED) {
                return false;
            }
            remove(session, Reason.EXPIRED);
            told.add(() -> listener.expired(session.claim()));
            return freed.add(session);
        });
        if (expired) {
            log.debug("session {} expired: nobody came", session.id());
        }
    }

    private void end(LiveSession session, EndReason reason) {
        boolean ended = locked(() -> session.state == State.RUNNING && endRunning(session, reason));
        if (ended && reason == EndReason.MAX_SESSION) {
            log.warn("session {} was ended: it ran longer than {}", session.id(), maxSession);
        }
    }

    /** It was released from outside. True if nobody had started it, and it has ended. */
    private boolean takeBack(LiveSession session) {
        if (session.state == State.CLAIMED) {
            withdraw(session);
            return true;
        }
        if (!session.revoked) {
            session.revoked = true;
            told.add(() -> listener.revoked(session));
        }
        return false;
    }

    private void withdraw(LiveSession session) {
        remove(session, Reason.ENDED);
        told.add(() -> listener.withdrawn(session.claim()));
    }

    private boolean endRunning(LiveSession session, EndReason asked) {
        finish(session, asked);
        return freed.add(session);
    }

    private void finish(LiveSession session, EndReason asked) {
        EndReason reason = session.revoked && asked == EndReason.CLOSED ? EndReason.REVOKED : asked;
        remove(session, Reason.ENDED);
        told.add(() -> session.completeEnded(reason));
        told.add(() -> listener.ended(session, reason));
    }

    private void remove(LiveSession session, Reason reason) {
        session.state = State.ENDED;
        live.remove(session.id());
        past.put(session.id(), new Known(session.slot(), reason));
        if (live.isEmpty()) {
            idle.signalAll();
        }
    }

    /** Whether another thread does: what a platform does in a free may have come round to here. */
    @GuardedBy("lock")
    private boolean isFreeing() {
        return freeing.stream().anyMatch(each -> each.by() != Thread.currentThread());
    }

    private <T extends @Nullable Object> T locked(Supplier<T> step) {
        T result;
        List<LiveSession> over;
        Freeing mine = null;
        lock.lock();
        try {
            result = step.get();
            over = List.copyOf(freed);
            freed.clear();
            freeing.forEach(Sessions::letHear);
            if (!over.isEmpty()) {
                mine = new Freeing(Thread.currentThread(), callbacks.gate());
                freeing.add(mine);
            }
            told.forEach(callbacks::add);
            told.clear();
        } finally {
            lock.unlock();
        }
        if (mine != null) {
            free(over, mine);
        }
        callbacks.flush();
        return result;
    }

    /** Who comes back from within a free, as the slot's next user may, does not wait for news that waits for it. */
    private static void letHear(Freeing each) {
        if (each.by() == Thread.currentThread()) {
            each.news().open();
        }
    }

    private void free(List<LiveSession> over, Freeing mine) {
        over.forEach(this::free);
        mine.news().open();
        lock.lock();
        try {
            freeing.remove(mine);
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void free(LiveSession session) {
        session.cancelTimer();
        try {
            platform.free(session.claim());
        } catch (Throwable e) { // against the platform's contract; the session has ended all the same
            log.error("the platform failed to free session {}", session.id(), e);
        }
    }
}
