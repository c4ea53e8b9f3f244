package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads an Ed25519 private key from PEM (RFC 7468). */
final class KeyFile {

    /** The file has 119 bytes; comments around the key may make it longer. */
    private static final int MAX_BYTES = 16_384;

    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s+([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    /** No command: whoever copies it must not write over a file that is there, and may be something else's key. */
    private static final String WAY_OUT = "; name another file";

    private KeyFile() {}

    static KeyPair read(Path file) {
        Matcher pem = PEM.matcher(new String(bytes(file), US_ASCII));
        if (!pem.find()) {
            throw refused(file, "holds no PEM block" + WAY_OUT);
        }
        if (!pem.group(1).equals("PRIVATE KEY")) {
            throw refused(file, "must hold a PRIVATE KEY without a passphrase, held: " + pem.group(1) + WAY_OUT);
        }
        try {
            byte[] pkcs8 = Base64.getMimeDecoder().decode(pem.group(2));
            PrivateKey key = KeyFactory.getInstance(Ed25519.NAME).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            byte[] seed = ((EdECPrivateKey) key).getBytes().orElseThrow();
            return new KeyPair(publicKey(seed), key);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Not as the cause: what a provider says about a key might show some of it.
            throw refused(file, "must hold an Ed25519 key, held another kind or a damaged one" + WAY_OUT);
        }
    }

    private static byte[] bytes(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw refused(file, "must have at most " + MAX_BYTES + " bytes, had more" + WAY_OUT);
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw refused(file, "does not exist; write one with: openssl genpkey -algorithm ed25519 -out " + file);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "key file " + file + " can't be read; is it a file, and ours to read?", e);
        }
    }

    /**
     * The JDK has no way to ask for the public half, but its generator computes it from the 32 bytes that it asks its
     * randomness for (RFC 8032, 5.1.5). {@link TokenSigner} tries each key, so another behaviour would be seen.
     */
    private static PublicKey publicKey(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(Ed25519.NAME, "SunEC");
        generator.initialize(NamedParameterSpec.ED25519, new Seeded(seed));
        return generator.generateKeyPair().getPublic();
    }

    private static IllegalArgumentException refused(Path file, String what) {
        return new IllegalArgumentException("key file " + file + " " + what);
    }

    @SuppressWarnings("serial") // never serialised
    private static final class Seeded extends SecureRandom {
        private final byte[] seed;

        Seeded(byte[] seed) {
            super(null, null);
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(Arrays.copyOf(seed, bytes.length), 0, bytes, 0, bytes.length);
        }
    }
}
