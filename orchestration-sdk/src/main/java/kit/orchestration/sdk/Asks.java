package kit.orchestration.sdk;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.sdk.TokenRefusedException.Reason;

/**
 * Asks the platform for a session that its watch has not told of, and bounds that, so that a flood of forged tokens
 * does not become a flood of calls to the backend: one ask per session and key at a time, {@link #PLACES} in all, and
 * an ask that found nothing of use keeps its place for {@link #FRUITLESS}. Whoever gets no place is refused as {@code
 * UNAVAILABLE}, not as unknown: that would be a lie to a player who was faster than the watch, and who may come again.
 */
final class Asks implements AutoCloseable {

    /** Asks under way at once. */
    static final int PLACES = 64;
    /** How long an ask that found nothing keeps its place: with {@link #PLACES}, the rate that a forger can cause. */
    static final Duration FRUITLESS = Duration.ofSeconds(1);

    /** A key of the forger's own keeps nobody waiting who comes for the same session with another. */
    private record Wanted(String sessionId, String kid) {}

    private final Platform platform;
    private final PlatformListener sessions;
    private final Timers timers;
    private final Duration timeout;
    /** For tokens of a known key: the gate has seen that they are genuine, so no forger takes their places. */
    private final Semaphore genuine = new Semaphore(PLACES);

    private final Semaphore strangers = new Semaphore(PLACES);
    private final Map<Wanted, CompletableFuture<Boolean>> underWay = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Asks(Platform platform, PlatformListener sessions, Timers timers, Duration timeout) {
        this.platform = platform;
        this.sessions = sessions;
        this.timers = timers;
        this.timeout = timeout;
    }

    /** Whether there is a claim, which was told then; fails if it can't be known. Completes on any thread. */
    CompletableFuture<Boolean> ask(String sessionId, String kid) {
        Wanted wanted = new Wanted(sessionId, kid);
        CompletableFuture<Boolean> earlier = underWay.get(wanted);
        if (earlier != null) {
            return earlier.copy();
        }
        Semaphore places = platform.key(kid).isPresent() ? genuine : strangers;
        if (!places.tryAcquire()) {
            return CompletableFuture.failedFuture(new TokenRefusedException(
                    Reason.UNAVAILABLE,
                    "the session is not known yet, and the backend is asked for %s others: try again"
                            .formatted(PLACES)));
        }
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        earlier = underWay.putIfAbsent(wanted, answer);
        if (earlier != null) {
            places.release();
            return earlier.copy();
        }
        Future<?> timer = timers.after(timeout, () -> answer.completeExceptionally(timedOut()));
        CompletableFuture<Boolean> told = answer.whenComplete((found, error) -> {
            timer.cancel(false);
            underWay.remove(wanted, answer);
            leave(places, Boolean.TRUE.equals(found) && platform.key(kid).isPresent());
        });
        if (closed) {
            answer.completeExceptionally(closing());
        } else {
            find(wanted, answer);
        }
        return told;
    }

    /** Refuses whoever waits for an answer. */
    @Override
    public void close() {
        closed = true;
        underWay.values().forEach(answer -> answer.completeExceptionally(closing()));
    }

    private void find(Wanted wanted, CompletableFuture<Boolean> answer) {
        try {
            platform.find(wanted.sessionId(), wanted.kid())
                    .thenApply(claim -> tell(wanted.sessionId(), claim))
                    .whenComplete((found, error) -> {
                        if (error != null) {
                            answer.completeExceptionally(failed(ApiException.cause(error)));
                        } else {
                            answer.complete(found);
                        }
                    });
        } catch (RuntimeException e) {
            answer.completeExceptionally(failed(e));
        }
    }

    private boolean tell(String sessionId, Optional<ClaimedSlot> claim) {
        boolean found = claim.isPresent() && claim.get().sessionId().equals(sessionId);
        if (found) {
            sessions.claimed(claim.get());
        }
        return found;
    }

    private void leave(Semaphore places, boolean fruitful) {
        if (fruitful) {
            places.release();
        } else {
            timers.after(FRUITLESS, places::release);
        }
    }

    private static TokenRefusedException closing() {
        return new TokenRefusedException(Reason.UNAVAILABLE, "the server is closed");
    }

    private TokenRefusedException timedOut() {
        return new TokenRefusedException(
                Reason.UNAVAILABLE, "the backend was asked for the session, and has not answered for " + timeout);
    }

    private static TokenRefusedException failed(Throwable error) {
        return new TokenRefusedException(Reason.UNAVAILABLE, "the backend can't be asked for the session", error);
    }
}
