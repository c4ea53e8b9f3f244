package kit.orchestration.token;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where Ed25519's arithmetic is done: Amazon Corretto Crypto Provider if it is there and its native library runs (some
 * 10 µs a signature), else what the JDK finds (some 740 µs). The provider is used by this class alone; it is not
 * installed for the process.
 *
 * @param provider null for the first that the JDK finds
 * @param note why it is not the fastest; empty if it is, or is not meant to be
 */
record Ed25519(@Nullable Provider provider, String note) {

    static final String NAME = "Ed25519";
    static final int RAW_BYTES = 32;
    /** SubjectPublicKeyInfo up to the key itself (RFC 8410, 4 and 10.1). */
    private static final byte[] X509_PREFIX = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

    /** The fastest there is. */
    static Ed25519 fastest() {
        try {
            return Corretto.find();
        } catch (LinkageError absent) {
            return slow("is not on the class path");
        }
    }

    private static Ed25519 slow(String why) {
        return new Ed25519(null, "Amazon Corretto's, some 60 times as fast, " + why);
    }

    /** The JDK's, or whichever provider the process has put before it. */
    static Ed25519 jdk() {
        return new Ed25519(null, "");
    }

    Signature newSignature() throws GeneralSecurityException {
        return provider == null ? Signature.getInstance(NAME) : Signature.getInstance(NAME, provider);
    }

    /** The public key of these 32 bytes (RFC 8032, 5.1.5). */
    PublicKey publicKey(byte[] raw) {
        byte[] x509 = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + RAW_BYTES);
        System.arraycopy(raw, 0, x509, X509_PREFIX.length, RAW_BYTES);
        try {
            PublicKey key = KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(x509));
            // Corretto takes any 32 bytes, and then accepts no signature.
            jdk().newSignature().initVerify(key);
            return key;
        } catch (InvalidKeyException e) {
            throw new IllegalArgumentException("an Ed25519 public key must be a point of the curve, was not", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform must have " + NAME, e);
        }
    }

    /** Whether it is the key's signature. */
    boolean verify(PublicKey key, byte[] input, byte[] signature) {
        try {
            Signature verifier = newSignature();
            verifier.initVerify(key);
            verifier.update(input);
            return verifier.verify(signature);
        } catch (SignatureException notOne) {
            return false; // 64 bytes that are no signature: the JDK throws where others answer false
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("could not verify with Ed25519", e);
        }
    }

    /** The 32 bytes of a public key, which its X.509 form ends with. */
    static byte[] raw(PublicKey key) {
        byte[] x509 = key.getEncoded();
        return Arrays.copyOfRange(x509, x509.length - RAW_BYTES, x509.length);
    }

    /** Apart, so that {@link Ed25519} loads where the optional dependency is absent. */
    private static final class Corretto {
        static Ed25519 find() {
            AmazonCorrettoCryptoProvider corretto = AmazonCorrettoCryptoProvider.INSTANCE;
            Throwable failure = corretto.getLoadingError();
            if (failure != null) {
                return slow("does not load: " + cause(failure));
            }
            return corretto.getService("Signature", NAME) == null ? slow("has no " + NAME) : new Ed25519(corretto, "");
        }

        /** The error itself is that it has not loaded. */
        private static Throwable cause(Throwable failure) {
            Throwable cause = failure;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return cause;
        }
    }
}
