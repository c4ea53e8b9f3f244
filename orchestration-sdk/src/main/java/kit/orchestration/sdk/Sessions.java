package kit.orchestration.sdk;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import kit.orchestration.sdk.LiveSession.State;
import kit.orchestration.sdk.SessionTable.Entry;
import kit.orchestration.sdk.SessionTable.Mode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what the steps of {@link SessionTable} entail, after its lock: timers are set and cancelled, and whoever made a
 * session end frees its slot, once.
 */
final class Sessions implements PlatformListener {

    private static final Logger log = LoggerFactory.getLogger(Sessions.class);

    private final SessionTable table;
    private final Platform platform;
    private final Timers timers;
    private final @Nullable Duration maxSession;

    Sessions(SessionTable table, Platform platform, Timers timers, @Nullable Duration maxSession) {
        this.table = table;
        this.platform = platform;
        this.timers = timers;
        this.maxSession = maxSession;
    }

    @Override
    public void claimed(Claim claim) {
        LiveSession session = new LiveSession(claim, this::close);
        switch (table.claimed(session)) {
            case NEW -> {
                log.debug("session {} claimed slot {}", claim.sessionId(), claim.slot());
                session.timer(State.CLAIMED, timers.after(claim.ttl(), () -> expire(session)));
            }
            case CLOSED -> free(session);
            case KNOWN -> log.trace("session {} is known already", claim.sessionId());
        }
    }

    @Override
    public void revoked(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        LiveSession session = table.revoke(sessionId);
        if (session != null) {
            free(session);
        }
    }

    @Override
    public void gone(String sessionId) {
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        LiveSession session = table.gone(sessionId);
        if (session != null) {
            session.cancelTimer();
        }
    }

    /** Lets a player in, or says why not, as {@link SessionTable#enter} does; the claim's age is looked at before the token's. */
    Entry enter(String sessionId, Mode mode, boolean late) {
        LiveSession known = table.live(sessionId);
        if (known != null && known.isOverdue()) {
            expire(known);
        }
        Entry entry = table.enter(sessionId, mode, late);
        LiveSession session = entry.session();
        if (session != null && entry.started()) {
            session.cancelTimer();
            if (maxSession != null) {
                session.timer(State.RUNNING, timers.after(maxSession, () -> end(session, EndReason.MAX_SESSION)));
            }
        }
        return entry;
    }

    /** Ends a session that was started for somebody who had gone, unless somebody else has come. */
    void abandon(LiveSession session) {
        if (table.abandon(session)) {
            free(session);
        }
    }

    /** Gives back what is claimed and was not started. Returns how many claims that were. */
    int withdrawClaims() {
        List<LiveSession> claimed = table.withdrawClaims();
        claimed.forEach(this::free);
        return claimed.size();
    }

    /** Ends everything; what is claimed from now on is given back. */
    void closeAll() {
        List<LiveSession> all = table.close();
        all.forEach(this::free);
    }

    private void close(LiveSession session) {
        end(session, EndReason.CLOSED);
    }

    private void end(LiveSession session, EndReason reason) {
        if (table.end(session, reason)) {
            if (reason == EndReason.MAX_SESSION) {
                log.warn("session {} was ended: it ran longer than {}", session.id(), maxSession);
            }
            free(session);
        }
    }

    private void expire(LiveSession session) {
        if (table.expire(session)) {
            log.debug("session {} expired: nobody came", session.id());
            free(session);
        }
    }

    private void free(LiveSession session) {
        session.cancelTimer();
        try {
            platform.free(session.claim());
        } catch (RuntimeException e) { // against the platform's contract; the session has ended all the same
            log.error("the platform failed to free session {}", session.id(), e);
        }
    }
}
