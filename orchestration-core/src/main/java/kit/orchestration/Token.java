package kit.orchestration;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * An opaque, backend-signed credential that the pod verifies on session start. It is good for one session on one pod,
 * until it expires. Hand it to the players of that session over a confidential channel, and to nobody else.
 *
 * <p>{@link #toString()} is redacted, so that a log line never shows one. Immutable and safe for any thread.
 */
public final class Token {

    /** Characters in a token at most: with some bytes around it, it fits one UDP packet. */
    public static final int MAX_LENGTH = 1_024;

    private static final String REDACTED = "Token[redacted]";
    private static final String BEARER = "Bearer ";

    private final String encoded;

    private Token(String encoded) {
        this.encoded = encoded;
    }

    /**
     * A token from its text, as a client sent it. Nothing is verified here: the pod does that.
     *
     * @param encoded what {@link #encoded()} gave
     * @throws IllegalArgumentException if the text is empty, longer than {@link #MAX_LENGTH} or has a character that is
     *     not visible ASCII, or is not the token alone but a header's {@code Bearer …} or the redacted text; the
     *     message says what to do
     */
    public static Token of(String encoded) {
        if (encoded == null) {
            throw new NullPointerException("token must not be null");
        }
        if (encoded.isEmpty()) {
            throw new IllegalArgumentException("token must not be empty");
        }
        if (encoded.equals(REDACTED)) {
            throw new IllegalArgumentException(
                    "token must be what encoded() gives, but is the redacted text of toString(): send token.encoded()");
        }
        if (encoded.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new IllegalArgumentException(
                    "token must be the token alone, but begins with \"Bearer \": pass on what follows that");
        }
        if (encoded.length() > MAX_LENGTH) { // before its characters: anybody may send any text
            throw new IllegalArgumentException(
                    "token must have at most " + MAX_LENGTH + " characters, had " + encoded.length());
        }
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c <= ' ' || c > '~') {
                throw new IllegalArgumentException("token must be visible ASCII, but its character " + i + " is not");
            }
        }
        return new Token(encoded);
    }

    /** The text to send to the pod: visible ASCII without spaces, safe in a URL, a header or a line protocol. */
    public String encoded() {
        return encoded;
    }

    /** {@link #encoded()} as US-ASCII bytes, a new array at each call. */
    public byte[] bytes() {
        return encoded.getBytes(US_ASCII);
    }

    /** Compares in a time that does not depend on how much of the two is equal. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Token that && MessageDigest.isEqual(bytes(), that.bytes());
    }

    @Override
    public int hashCode() {
        return encoded.hashCode();
    }

    /** Never the token itself. */
    @Override
    public String toString() {
        return REDACTED;
    }
}
