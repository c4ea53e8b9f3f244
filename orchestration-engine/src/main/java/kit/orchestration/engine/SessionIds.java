package kit.orchestration.engine;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Ids of sessions: 100 random bits each, as 20 characters of {@code 0-9a-z}. Of a million million that live in a
 * pool's life, two are the same with one chance in two million.
 *
 * <p>An id is no secret, the token is. But none can be foretold: a pod that somebody has broken into can read the ids
 * of others' sessions, and by one that is yet to come it could say that it has the session.
 *
 * @param random a source of randomness; a {@link java.security.SecureRandom} in earnest
 */
public record SessionIds(RandomGenerator random) implements Supplier<String> {

    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 20;

    /** An id that was not given before. Any thread, if the source is for any. */
    @Override
    public String get() {
        byte[] id = new byte[LENGTH];
        random.nextBytes(id);
        for (int i = 0; i < LENGTH; i++) {
            id[i] = (byte) DIGITS.charAt(id[i] & 31);
        }
        return new String(id, StandardCharsets.ISO_8859_1);
    }
}
