package kit.orchestration.sdk;

import org.jspecify.annotations.Nullable;

/**
 * A token did not open a session. The message says what is wrong and never holds the token, so it is fit for a log.
 * There is no stack trace: refusals are ordinary where players connect, and a flood of them must cost little.
 *
 * <p>Tell a player no more than 'refused': the reason helps who forges tokens.
 */
public final class TokenRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** What was wrong with a token. */
    public enum Reason {
        /** It is no token of this library's: its size, form, type or algorithm is wrong. */
        MALFORMED,
        /** It was not signed by an allocator of this pod, or changed since, or names another slot than its claim. */
        BAD_SIGNATURE,
        /** It came too late to start its session. */
        EXPIRED,
        /** It is for another pod or pool, or an earlier start of this pod's process; or this one was replaced. */
        OTHER_POD,
        /** Its session was started already; {@code join} would let the player in. */
        ALREADY_STARTED,
        /** Its session waits to be started; {@code start} would let the player in. */
        NOT_STARTED,
        /** The pod has no claim for its session; one that ended long ago may look so too. */
        UNKNOWN_SESSION,
        /** Its session has ended, or its claim was taken back. */
        ENDED,
        /** It can't be decided now: the backend can't be asked, too much is asked, or the server is closed. */
        UNAVAILABLE
    }

    TokenRefusedException(Reason reason, String message) {
        this(reason, message, null);
    }

    TokenRefusedException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause, true, false); // no stack trace: a flood of bad tokens costs little
        this.reason = reason;
    }

    /** What was wrong. */
    public Reason reason() {
        return reason;
    }
}
