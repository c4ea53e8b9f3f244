package kit.orchestration.token;

import java.io.Serial;
import java.util.Objects;

/**
 * A token that was refused, and why. The message is fit for a log: it names what is wrong and never holds the token. It
 * is checked, because refusals are ordinary where players connect; and it has no stack trace, so that a flood of bad
 * tokens costs little.
 */
public final class TokenException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Why a token was refused. */
    public enum Reason {
        /** Not a token of ours: size, parts, encoding, header, or a claim that is missing or out of range. */
        MALFORMED,
        /** Not signed by the key it names, or that key is unknown. */
        BAD_SIGNATURE,
        /** Past its time. */
        EXPIRED,
        /** Meant for another pod, or an earlier boot of this one. */
        OTHER_POD,
        /** Meant for another pool. */
        OTHER_POOL
    }

    private final Reason reason;

    /** A refusal; {@code message} says what is wrong, without the token. */
    public TokenException(Reason reason, String message) {
        super(Objects.requireNonNull(message, "message must not be null"), null, false, false);
        this.reason = Objects.requireNonNull(reason, "reason must not be null");
    }

    /** Why it was refused. */
    public Reason reason() {
        return reason;
    }

    static TokenException malformed(String message) {
        return new TokenException(Reason.MALFORMED, message);
    }
}
