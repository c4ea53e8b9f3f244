package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.sdk.Sessions.Entry;
import kit.orchestration.sdk.Sessions.Mode;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.UnverifiedToken;
import org.jspecify.annotations.Nullable;

/** A player's way in, blocking or not: the gate, the backend if it must be asked, the gate again, the session. */
final class Entrance {

    private final TokenGate gate;
    private final Asks asks;
    private final Sessions sessions;
    private final Executor executor;
    private final Duration timeout;
    private final Consumer<Reason> refused;

    /** The executor is where a token is judged after the backend was asked: never on the platform's thread. */
    Entrance(
            TokenGate gate,
            Asks asks,
            Sessions sessions,
            Executor executor,
            Duration timeout,
            Consumer<Reason> refused) {
        this.gate = gate;
        this.asks = asks;
        this.sessions = sessions;
        this.executor = executor;
        this.timeout = timeout;
        this.refused = refused;
    }

    /** Lets in on this thread; it waits if the backend must be asked. */
    Session now(@Nullable String text, Mode mode) throws InterruptedException {
        try {
            UnverifiedToken token = gate.read(text);
            if (!gate.isDecided(token)) {
                await(ask(token));
                gate.decide(token);
            }
            return enter(token, mode);
        } catch (TokenRefusedException e) {
            refused.accept(e.reason());
            throw e;
        }
    }

    /** Starts or joins without blocking. */
    CompletableFuture<Session> later(@Nullable String text) {
        CompletableFuture<Session> future = new CompletableFuture<>();
        attempt(future, () -> {
            UnverifiedToken token = gate.read(text);
            if (gate.isDecided(token)) {
                enterFor(future, token);
            } else {
                ask(token)
                        .whenComplete((found, error) -> dispatch(future, () -> {
                            rethrow(error);
                            gate.decide(token);
                            enterFor(future, token);
                        }));
            }
        });
        return future;
    }

    private CompletableFuture<Boolean> ask(UnverifiedToken token) {
        return asks.ask(token.claims().sessionId(), token.kid());
    }

    private Session enter(UnverifiedToken token, Mode mode) {
        return Objects.requireNonNull(entry(token, mode).session());
    }

    private Entry entry(UnverifiedToken token, Mode mode) {
        Entry entry = sessions.enter(token.claims().sessionId(), mode, gate.isLate(token));
        if (entry.refusal() != null) {
            throw refusal(entry.refusal(), token.claims());
        }
        return entry;
    }

    /** Starts nothing for a caller who has gone, and ends what was started for one who goes at that very moment. */
    private void enterFor(CompletableFuture<Session> future, UnverifiedToken token) {
        if (future.isDone()) {
            return;
        }
        Entry entry = entry(token, Mode.ENTER);
        LiveSession session = Objects.requireNonNull(entry.session());
        if (!future.complete(session) && entry.started()) {
            sessions.abandon(session);
        }
    }

    private void dispatch(CompletableFuture<Session> future, Runnable step) {
        try {
            executor.execute(() -> attempt(future, step));
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(new TokenRefusedException(
                    Reason.UNAVAILABLE, "the callback executor takes no more tasks: shut it down after the server", e));
        } catch (Throwable e) { // of its own kind, or no thread could be made: the future must not be left alone
            future.completeExceptionally(
                    new TokenRefusedException(Reason.UNAVAILABLE, "the callback executor has failed", e));
        }
    }

    private void attempt(CompletableFuture<Session> future, Runnable step) {
        try {
            step.run();
        } catch (TokenRefusedException e) {
            refused.accept(e.reason());
            future.completeExceptionally(e);
        } catch (Throwable e) { // the future must not be left alone
            future.completeExceptionally(e);
        }
    }

    private void await(CompletableFuture<Boolean> answer) throws InterruptedException {
        try {
            answer.get(timeout.toNanos(), NANOSECONDS);
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        } catch (TimeoutException e) { // the asks' own timer comes first, unless its clock stands still
            throw new TokenRefusedException(
                    Reason.UNAVAILABLE, "the backend has not told of the session for " + timeout);
        }
    }

    private static void rethrow(@Nullable Throwable error) {
        Throwable cause = error == null ? null : ApiException.cause(error);
        if (cause instanceof TokenRefusedException e) {
            throw e;
        }
        if (cause != null) {
            throw new IllegalStateException("asking for a session failed in an unforeseen way", cause);
        }
    }

    /** The token is genuine by now, so its session's id may be named. */
    private static TokenRefusedException refusal(Reason reason, TokenClaims claims) {
        String what = switch (reason) {
            case EXPIRED ->
                "expired at %s, before anybody started it; if that is still to come, compare the clocks"
                        .formatted(claims.expiresAt());
            case ENDED -> "has ended";
            case ALREADY_STARTED -> "was started already; join it";
            case NOT_STARTED -> "was not started yet; start it";
            case UNKNOWN_SESSION -> "is unknown here";
            case UNAVAILABLE -> "can't be entered: the server is closed";
            case OTHER_POD -> "can't be entered: another process has taken the pod over";
            case MALFORMED, BAD_SIGNATURE ->
                throw new IllegalArgumentException("not a matter of a session's state: " + reason);
        };
        return new TokenRefusedException(reason, "session %s %s".formatted(claims.sessionId(), what));
    }
}
