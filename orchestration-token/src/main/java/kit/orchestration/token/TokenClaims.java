package kit.orchestration.token;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.OptionalInt;
import kit.orchestration.Limits;

/**
 * What a token says. A player can read it, so the request's annotations are not in it. Immutable.
 *
 * @param pool the pool (claim {@code pool}), a DNS label
 * @param sessionId the claim's session ({@code sid}): 1 to 64 letters, digits, '-', '_' or '.'
 * @param slot the slot it holds ({@code slot}), 0 to {@link Limits#CAPACITY} - 1; empty where slots have no numbers, as
 *     on Agones
 * @param audience the one pod that may accept the token, and its boot ({@code aud}): 1 to 320 letters, digits, '-',
 *     '_', '.', ':', '/', '@', '~' or '+'
 * @param issuedAt when it was signed ({@code iat}), in whole seconds
 * @param expiresAt from when on it starts no session any more ({@code exp}), in whole seconds, after {@code issuedAt}
 */
public record TokenClaims(
        String pool, String sessionId, OptionalInt slot, String audience, Instant issuedAt, Instant expiresAt) {

    /** Characters of an audience at most: a Kubernetes name (253), a slash, a boot id. */
    static final int AUDIENCE_LENGTH = 320;

    /** Beside letters and digits; nothing that JSON, a URL or a log line must escape. */
    private static final String AUDIENCE_SIGNS = "-_.:/@~+";

    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

    /**
     * Checks every field.
     *
     * @throws IllegalArgumentException if one is out of its range; the message names it
     */
    public TokenClaims {
        Limits.checkPool(pool);
        Limits.checkId("sessionId", sessionId);
        Objects.requireNonNull(slot, "slot must not be null");
        if (slot.isPresent() && (slot.getAsInt() < 0 || slot.getAsInt() >= Limits.CAPACITY)) {
            throw new IllegalArgumentException(
                    "slot must be 0 to %s, was %s".formatted(Limits.CAPACITY - 1, slot.getAsInt()));
        }
        checkAudience(audience);
        checkTime("issuedAt", issuedAt);
        checkTime("expiresAt", expiresAt);
        if (!expiresAt.isAfter(issuedAt)) {
            throw new IllegalArgumentException(
                    "expiresAt must be after issuedAt, was %s and issuedAt %s".formatted(expiresAt, issuedAt));
        }
    }

    /**
     * Claims of a token that is signed now and lasts for {@code ttl} at least: seconds are cut off the one time, and
     * rounded up in the other.
     *
     * @throws IllegalArgumentException if a field is out of its range; the message names it
     */
    public static TokenClaims issue(
            String pool, String sessionId, OptionalInt slot, String audience, Instant now, Duration ttl) {
        Instant exact = now.plus(ttl);
        Instant cut = exact.truncatedTo(ChronoUnit.SECONDS);
        return new TokenClaims(
                pool,
                sessionId,
                slot,
                audience,
                now.truncatedTo(ChronoUnit.SECONDS),
                cut.equals(exact) ? cut : cut.plusSeconds(1));
    }

    /** Whether a clock that may be {@code leeway} fast would refuse the token at {@code now} (RFC 7519, 4.1.4). */
    public boolean expiredAt(Instant now, Duration leeway) {
        return !now.isBefore(expiresAt.plus(leeway));
    }

    static String checkAudience(String audience) {
        Objects.requireNonNull(audience, "audience must not be null");
        boolean good = !audience.isEmpty() && audience.length() <= AUDIENCE_LENGTH;
        for (int i = 0; good && i < audience.length(); i++) {
            char c = audience.charAt(i);
            good = (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || (c >= 'A' && c <= 'Z')
                    || AUDIENCE_SIGNS.indexOf(c) >= 0;
        }
        if (!good) {
            throw new IllegalArgumentException("audience must be 1 to " + AUDIENCE_LENGTH
                    + " letters, digits, '-', '_', '.', ':', '/', '@', '~' or '+', was " + Limits.quote(audience));
        }
        return audience;
    }

    private static void checkTime(String field, Instant time) {
        Objects.requireNonNull(time, () -> field + " must not be null");
        if (!time.equals(time.truncatedTo(ChronoUnit.SECONDS))
                || time.isBefore(Instant.EPOCH)
                || time.isAfter(END_OF_TIME)) {
            throw new IllegalArgumentException(
                    "%s must be whole seconds from 1970 to 9999, was %s".formatted(field, time));
        }
    }
}
