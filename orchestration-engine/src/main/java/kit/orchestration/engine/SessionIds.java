package kit.orchestration.engine;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Ids of sessions: 65 random bits drawn once, then a count; 20 characters of {@code 0-9a-z}. Two allocators share an id
 * only if they drew the same bits: with a million allocators started in a pool's life, one chance in 70 million.
 * An id is no secret, the token is.
 */
public final class SessionIds implements Supplier<String> {

    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int RANDOM_DIGITS = 13;
    private static final int COUNT_DIGITS = 7;

    private final char[] prefix = new char[RANDOM_DIGITS];
    private final AtomicLong count = new AtomicLong();

    /** Ids that begin with what this source of randomness gives; a {@link java.security.SecureRandom} in earnest. */
    public SessionIds(RandomGenerator random) {
        for (int i = 0; i < RANDOM_DIGITS; i++) {
            prefix[i] = DIGITS.charAt(random.nextInt(DIGITS.length()));
        }
    }

    /** An id that was not given before. */
    @Override
    public String get() {
        char[] id = new char[RANDOM_DIGITS + COUNT_DIGITS];
        System.arraycopy(prefix, 0, id, 0, RANDOM_DIGITS);
        long rest = count.getAndIncrement();
        for (int i = id.length - 1; i >= RANDOM_DIGITS; i--) {
            id[i] = DIGITS.charAt((int) (rest & 31));
            rest >>>= 5;
        }
        if (rest != 0) {
            throw new IllegalStateException("an allocator has no more session ids after 2^35: start a new one");
        }
        return new String(id);
    }
}
