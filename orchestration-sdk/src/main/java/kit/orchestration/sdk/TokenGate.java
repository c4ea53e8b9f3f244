package kit.orchestration.sdk;

import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalInt;
import kit.orchestration.Token;
import kit.orchestration.sdk.Sessions.Known;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import kit.orchestration.token.TokenException;
import kit.orchestration.token.UnverifiedToken;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a token is an allocator's word for a session of this pod. What costs least is checked first: form,
 * pod, the pod's own sessions, and then the signature. Whether the session's state lets the player in is {@link
 * Sessions}'s to say, after that: nobody learns a session's state with a forged token.
 */
final class TokenGate {

    private final Boot boot;
    private final Platform platform;
    private final Sessions sessions;
    private final InstantSource clock;
    private final Duration leeway;

    TokenGate(Boot boot, Platform platform, Sessions sessions, InstantSource clock, Duration leeway) {
        this.boot = boot;
        this.platform = platform;
        this.sessions = sessions;
        this.clock = clock;
        this.leeway = leeway;
    }

    /** Reads what a player sent: it has the right form, and is for this pod, or is refused. */
    UnverifiedToken read(@Nullable String text) {
        Reason shut = sessions.shut();
        if (shut != null) {
            throw new TokenRefusedException(
                    shut, shut == Reason.OTHER_POD ? "another process has taken the pod over" : "the server is closed");
        }
        if (text == null) {
            throw new TokenRefusedException(Reason.MALFORMED, "no token was sent: the text is null");
        }
        UnverifiedToken token;
        try {
            token = UnverifiedToken.parse(text);
        } catch (TokenException e) {
            throw new TokenRefusedException(Reason.MALFORMED, whyMalformed(text, e));
        }
        if (!token.claims().audience().equals(boot.audience())
                || !token.claims().pool().equals(boot.pool())) {
            throw new TokenRefusedException(
                    Reason.OTHER_POD,
                    "the token is for another pod, or an earlier start of this one, which is %s in pool %s"
                            .formatted(boot.audience(), boot.pool()));
        }
        return token;
    }

    /**
     * Whether the token is genuine and its session known. False if only the backend can tell: the session is new to us,
     * or the key is (another allocator may sign for a session that it found by its request id). A forger with a known
     * kid never gets that far, nor does a token that is too old to start what it names.
     */
    boolean isDecided(UnverifiedToken token) {
        Known known = sessions.known(token.claims().sessionId());
        boolean signed = checkSlotAndSignature(token, known);
        if (known == null) {
            checkNotLate(token);
            return false;
        }
        return signed; // also of a session that has ended: its end is told to whoever has a genuine token
    }

    /** Decides for good, once the backend was asked. */
    void decide(UnverifiedToken token) {
        Known known = sessions.known(token.claims().sessionId());
        if (!checkSlotAndSignature(token, known)) {
            throw unknownKey(token);
        }
        if (known == null) {
            throw new TokenRefusedException(
                    Reason.UNKNOWN_SESSION,
                    "the pod has no claim for session %s"
                            .formatted(token.claims().sessionId()));
        }
    }

    /** Whether the token has come too late to start its session. */
    boolean isLate(UnverifiedToken token) {
        return token.claims().expiredAt(clock.instant(), leeway);
    }

    /** A session that runs is known, so a token for any other could only start one. */
    private void checkNotLate(UnverifiedToken token) {
        if (isLate(token)) {
            throw new TokenRefusedException(
                    Reason.EXPIRED,
                    "the token expired at %s, and this pod's clock says %s"
                            .formatted(token.claims().expiresAt(), clock.instant()));
        }
    }

    /** False if the key is unknown. */
    private boolean checkSlotAndSignature(UnverifiedToken token, @Nullable Known known) {
        OptionalInt slot = token.claims().slot();
        if (known != null && slot.isPresent() && known.slot() >= 0 && known.slot() != slot.getAsInt()) {
            throw new TokenRefusedException(Reason.BAD_SIGNATURE, "the token names another slot than its session's");
        }
        VerificationKey key = platform.key(token.kid()).orElse(null);
        if (key == null) {
            return false;
        }
        try {
            token.verify(key);
            return true;
        } catch (TokenException e) {
            throw new TokenRefusedException(Reason.BAD_SIGNATURE, String.valueOf(e.getMessage()));
        }
    }

    /** A mistake of the game's own, such as a whole header in place of the token, is named. */
    private static String whyMalformed(String text, TokenException e) {
        try {
            Token.of(text);
            return String.valueOf(e.getMessage());
        } catch (IllegalArgumentException mistake) {
            return String.valueOf(mistake.getMessage());
        }
    }

    private static TokenRefusedException unknownKey(UnverifiedToken token) {
        return new TokenRefusedException(Reason.BAD_SIGNATURE, "the pod's ledger has no key %s".formatted(token.kid()));
    }
}
