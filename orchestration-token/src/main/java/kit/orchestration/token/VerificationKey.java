package kit.orchestration.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiPredicate;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * A key that verifies tokens. The Ed25519 kind is public and has a text ({@link #text()}, {@link #parse}), short enough
 * for a pod's ledger; the HS256 kind is the secret itself and never leaves the process. Immutable and safe for any
 * thread.
 *
 * <p>To make one costs about as much as to verify a signature: keep it, rather than parse the same text for each token.
 */
public final class VerificationKey {

    /** Characters of an Ed25519 key's text. */
    public static final int TEXT_LENGTH = 43;

    private static final int KID_LENGTH = 16;

    private final TokenAlgorithm algorithm;
    private final String kid;
    private final BiPredicate<byte[], byte[]> verifying;
    private final byte[] publicBytes;

    private VerificationKey(
            TokenAlgorithm algorithm, String kid, BiPredicate<byte[], byte[]> verifying, byte[] publicBytes) {
        this.algorithm = algorithm;
        this.kid = Limits.checkId("kid", kid);
        this.verifying = verifying;
        this.publicBytes = publicBytes;
    }

    /**
     * An Ed25519 key from its {@link #text()}.
     *
     * @throws IllegalArgumentException if it is no such text
     */
    public static VerificationKey parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        byte[] raw = text.length() == TEXT_LENGTH ? Base64Text.decode(text) : null;
        if (raw == null) {
            throw new IllegalArgumentException(
                    ("a verification key must be %s characters of base64url without padding (the %s bytes of an "
                                    + "Ed25519 public key, and no bits beyond), had %s characters")
                            .formatted(TEXT_LENGTH, Ed25519.RAW_BYTES, text.length()));
        }
        return ed25519(Ed25519.fastest(), raw);
    }

    static VerificationKey hs256(String kid, Hmac hmac) {
        return new VerificationKey(TokenAlgorithm.HS256, kid, hmac::verify, new byte[0]);
    }

    static VerificationKey ed25519(Ed25519 ed25519, byte[] raw) {
        PublicKey key = ed25519.publicKey(raw);
        return new VerificationKey(
                TokenAlgorithm.ED25519,
                thumbprint(raw),
                (input, signature) -> ed25519.verify(key, input, signature),
                raw);
    }

    /** The algorithm of the tokens that it verifies; no other is accepted with it. */
    public TokenAlgorithm algorithm() {
        return algorithm;
    }

    /**
     * The key's name in the header of each token. For Ed25519 the first {@value #KID_LENGTH} characters (96 bits) of
     * its RFC 7638 thumbprint, so that it follows from the key; for HS256 random.
     */
    public String kid() {
        return kid;
    }

    /**
     * The Ed25519 public key (RFC 8032) in base64url without padding, {@value #TEXT_LENGTH} characters.
     *
     * @throws IllegalStateException if this is an HS256 key, which is a secret and has no text
     */
    public String text() {
        if (algorithm != TokenAlgorithm.ED25519) {
            throw new IllegalStateException("an HS256 key is a secret and has no text; use Ed25519 across processes");
        }
        return Base64Text.encode(publicBytes);
    }

    boolean verify(byte[] input, byte[] signature) {
        return verifying.test(input, signature);
    }

    private static String thumbprint(byte[] raw) {
        try {
            return new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(raw))
                    .build()
                    .computeThumbprint()
                    .toString()
                    .substring(0, KID_LENGTH);
        } catch (JOSEException e) {
            throw new IllegalStateException("every Java platform must have SHA-256", e);
        }
    }

    /** Ed25519 keys are equal if their bytes are; an HS256 key is equal to itself only. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof VerificationKey that
                        && algorithm == TokenAlgorithm.ED25519
                        && that.algorithm == TokenAlgorithm.ED25519
                        && Arrays.equals(publicBytes, that.publicBytes));
    }

    @Override
    public int hashCode() {
        return kid.hashCode();
    }

    /** Algorithm and kid. */
    @Override
    public String toString() {
        return "VerificationKey[%s %s]".formatted(algorithm.joseName(), kid);
    }
}
