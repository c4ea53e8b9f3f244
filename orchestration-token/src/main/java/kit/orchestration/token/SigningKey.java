package kit.orchestration.token;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;

/**
 * A key that signs tokens. Secret: it is never printed, written or serialised, and is gone with its process. Immutable
 * and safe for any thread.
 *
 * <p>Generated keys come from {@link SecureRandom}, which is not injected: a predictable key is of no use to anyone.
 */
public final class SigningKey {

    private static final int RANDOM_KID_BYTES = 12;

    private final Signing signing;
    private final VerificationKey verificationKey;

    private SigningKey(Signing signing, VerificationKey verificationKey) {
        this.signing = signing;
        this.verificationKey = verificationKey;
    }

    /** A new HS256 key, for tokens that are verified in this very process. Its kid is random. */
    public static SigningKey generateHs256() {
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[Hmac.SECRET_BYTES];
        byte[] kid = new byte[RANDOM_KID_BYTES];
        random.nextBytes(secret);
        random.nextBytes(kid);
        return hs256(Base64Text.encode(kid), secret);
    }

    /** A new Ed25519 key. */
    public static SigningKey generateEd25519() {
        try {
            return ed25519(
                    Ed25519.fastest(),
                    KeyPairGenerator.getInstance(Ed25519.NAME).generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform must have " + Ed25519.NAME, e);
        }
    }

    /**
     * The Ed25519 key in a file as {@code openssl genpkey -algorithm ed25519 -out FILE} writes it: PKCS#8 (RFC 8410) in
     * PEM, without a passphrase. Blocks while it reads.
     *
     * @throws IllegalArgumentException if the file can't be read or holds something else; the message names the file
     *     and the way out, never what is in it
     */
    public static SigningKey readEd25519(Path file) {
        return ed25519(Ed25519.fastest(), KeyFile.read(file));
    }

    static SigningKey hs256(String kid, byte[] secret) {
        Hmac hmac = new Hmac(secret);
        return new SigningKey(hmac, VerificationKey.hs256(kid, hmac));
    }

    static SigningKey ed25519(Ed25519 ed25519, KeyPair pair) {
        return new SigningKey(
                new Ed25519Signing(ed25519, pair.getPrivate()),
                VerificationKey.ed25519(ed25519, Ed25519.raw(pair.getPublic())));
    }

    /** The algorithm it signs with. */
    public TokenAlgorithm algorithm() {
        return verificationKey.algorithm();
    }

    /** The key's name in the header of each token: see {@link VerificationKey#kid()}. */
    public String kid() {
        return verificationKey.kid();
    }

    /** The key that verifies what this one signs; for Ed25519 it is public. */
    public VerificationKey verificationKey() {
        return verificationKey;
    }

    Signing signing() {
        return signing;
    }

    /** Algorithm and kid; never the key. */
    @Override
    public String toString() {
        return "SigningKey[%s %s]".formatted(algorithm().joseName(), kid());
    }
}
