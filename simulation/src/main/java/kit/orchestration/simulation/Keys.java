package kit.orchestration.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import kit.orchestration.token.SigningKey;

/** Keys that are the same in each run, for what is to be the same. Worth nothing elsewhere. */
final class Keys {

    private static final int COUNT = 16;
    /** PKCS #8 of an Ed25519 key (RFC 8410), up to its 32 bytes. */
    private static final byte[] PKCS8 = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final List<SigningKey> ALL = read();

    private Keys() {}

    static SigningKey get(int number) {
        return ALL.get(Math.floorMod(number, COUNT));
    }

    private static List<SigningKey> read() {
        List<SigningKey> keys = new ArrayList<>();
        try {
            Path file = Files.createTempFile("simulation", ".pem");
            for (int i = 0; i < COUNT; i++) {
                byte[] key = Arrays.copyOf(PKCS8, PKCS8.length + 32);
                Arrays.fill(key, PKCS8.length, key.length, (byte) (i + 1));
                Files.writeString(
                        file,
                        "-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(key)
                                + "\n-----END PRIVATE KEY-----\n");
                keys.add(SigningKey.readEd25519(file));
            }
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return keys;
    }
}
