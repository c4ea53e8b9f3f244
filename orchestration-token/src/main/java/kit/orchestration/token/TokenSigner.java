package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Objects;
import kit.orchestration.Token;

/**
 * Signs tokens. Safe for any number of threads at once, virtual ones too: there is no lock, and none waits for another.
 *
 * <p>It computes and does nothing else: some 3 µs with HS256; with Ed25519 some 13 µs where Amazon Corretto Crypto
 * Provider runs, and 750 µs where it doesn't ({@link #describe()} says which). So sign outside of locks.
 */
public final class TokenSigner {

    private final SigningKey key;
    private final String header;

    private TokenSigner(SigningKey key) {
        this.key = key;
        this.header = TokenFormat.header(key.algorithm(), key.kid()) + '.';
    }

    /**
     * A signer with this key, which is tried once.
     *
     * @throws IllegalStateException if what the key signs does not verify: a fault of the JCA provider
     */
    public static TokenSigner of(SigningKey key) {
        Objects.requireNonNull(key, "key must not be null");
        byte[] sample = "sample".getBytes(US_ASCII);
        if (!key.verificationKey().verify(sample, key.signing().sign(sample))) {
            throw new IllegalStateException("%s must verify what it signs, does not: %s"
                    .formatted(key, key.signing().provider()));
        }
        return new TokenSigner(key);
    }

    /** A token with these claims; at most {@link UnverifiedToken#MAX_LENGTH} characters, whatever the claims. */
    public Token sign(TokenClaims claims) {
        String signed = header + TokenFormat.payload(claims);
        return Token.of(signed + '.' + Base64Text.encode(key.signing().sign(signed.getBytes(US_ASCII))));
    }

    /** The key that verifies what this signer signs. */
    public VerificationKey verificationKey() {
        return key.verificationKey();
    }

    /**
     * Algorithm, kid and the JCA provider that does the work, for the log of a start, such as {@code EdDSA key
     * 3hT0vN8xQJb2uW5c by AmazonCorrettoCryptoProvider version 2.5}; and why it is not the fastest, if it isn't.
     */
    public String describe() {
        return "%s key %s by %s"
                .formatted(key.algorithm().joseName(), key.kid(), key.signing().provider());
    }

    /** As {@link #describe()}; never the key. */
    @Override
    public String toString() {
        return "TokenSigner[" + describe() + "]";
    }
}
