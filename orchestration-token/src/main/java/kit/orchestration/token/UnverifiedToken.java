package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;
import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.Token;

/**
 * A token that has the right form, and whose signature nobody has looked at yet. <b>Anyone can make one that says
 * anything</b>: what it says is for choosing the key, and for refusing early; only what {@link #verify} returns is
 * true. Immutable and safe for any thread.
 */
public final class UnverifiedToken {

    /** Characters in a token at most. */
    public static final int MAX_LENGTH = Token.MAX_LENGTH;

    private final TokenAlgorithm algorithm;
    private final String kid;
    private final TokenClaims claims;
    private final String signed;
    private final byte[] signature;

    private UnverifiedToken(TokenAlgorithm algorithm, String kid, TokenClaims claims, String signed, byte[] signature) {
        this.algorithm = algorithm;
        this.kid = kid;
        this.claims = claims;
        this.signed = signed;
        this.signature = signature;
    }

    /**
     * Reads a token, from anyone. Its size is checked before anything else is; then that it has three parts of strict
     * base64url, a header of exactly {@code alg}, {@code typ} and {@code kid}, of our type and an algorithm of ours,
     * and claims that keep the bounds of {@link TokenClaims}. Claims that we don't know are skipped (RFC 7519, 4).
     *
     * @throws TokenException {@link TokenException.Reason#MALFORMED}
     */
    public static UnverifiedToken parse(String token) throws TokenException {
        Objects.requireNonNull(token, "token must not be null");
        if (token.length() > MAX_LENGTH) {
            throw TokenException.malformed(
                    "a token must have at most %s characters, had %s".formatted(MAX_LENGTH, token.length()));
        }
        String[] parts = TokenFormat.split(token);
        Map<String, Object> header = TokenFormat.json("header", parts[0]);
        TokenAlgorithm algorithm = TokenFormat.algorithm(header);
        String kid = kid(header);
        byte[] signature = TokenFormat.decode("signature", parts[2]);
        if (signature.length != algorithm.signatureBytes()) {
            throw TokenException.malformed("signature must have %s bytes with %s, had %s"
                    .formatted(algorithm.signatureBytes(), algorithm.joseName(), signature.length));
        }
        TokenClaims claims = TokenFormat.claims(TokenFormat.json("payload", parts[1]));
        return new UnverifiedToken(algorithm, kid, claims, parts[0] + '.' + parts[1], signature);
    }

    /** As {@link #parse(String)}. */
    public static UnverifiedToken parse(Token token) throws TokenException {
        return parse(token.encoded());
    }

    /** The algorithm it says it is signed with. */
    public TokenAlgorithm algorithm() {
        return algorithm;
    }

    /** The key it says it is signed with. */
    public String kid() {
        return kid;
    }

    /** What it says, which may be a lie. */
    public TokenClaims claims() {
        return claims;
    }

    /**
     * What the token says, which is now known to be the signer's word. Time and audience are the caller's to check, or
     * {@link TokenVerifier}'s.
     *
     * @throws TokenException {@link TokenException.Reason#BAD_SIGNATURE} if the key has another kid or algorithm, or
     *     did not sign it
     */
    public TokenClaims verify(VerificationKey key) throws TokenException {
        if (!kid.equals(key.kid())) {
            throw bad("kid must be %s, was %s".formatted(key.kid(), kid));
        }
        // The key says which algorithm is right, never the token (RFC 8725, 3.1).
        if (algorithm != key.algorithm()) {
            throw bad("alg must be %s with this key, was %s"
                    .formatted(key.algorithm().joseName(), algorithm.joseName()));
        }
        if (!key.verify(signed.getBytes(US_ASCII), signature)) {
            throw bad("signature must be by key %s, was not".formatted(kid));
        }
        return claims;
    }

    private static String kid(Map<String, Object> header) throws TokenException {
        try {
            return Limits.checkId("kid", TokenFormat.string(header, "kid"));
        } catch (IllegalArgumentException e) {
            throw TokenException.malformed(String.valueOf(e.getMessage()));
        }
    }

    private static TokenException bad(String message) {
        return new TokenException(TokenException.Reason.BAD_SIGNATURE, message);
    }

    /** Kid and claims; never the signature. */
    @Override
    public String toString() {
        return "UnverifiedToken[kid=%s, claims=%s]".formatted(kid, claims);
    }
}
