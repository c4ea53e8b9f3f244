package kit.orchestration.sdk;

import java.util.Objects;
import kit.orchestration.Limits;

/**
 * What a pod is, from one start of its process to the next.
 *
 * @param pool the pool it belongs to
 * @param audience the pod's identity and boot, as tokens name it in {@code aud}: a token for an earlier boot names
 *     another
 * @param capacity how many sessions it hosts at once; slots are numbered from 0 to one less
 */
public record Boot(String pool, String audience, int capacity) {

    /**
     * Checks the fields.
     *
     * @throws IllegalArgumentException if the pool or the capacity is outside its {@link Limits}, or the audience empty
     */
    public Boot {
        Limits.checkPool(pool);
        Objects.requireNonNull(audience, "audience must not be null");
        if (audience.isEmpty()) {
            throw new IllegalArgumentException("audience must not be empty");
        }
        Limits.checkCapacity(capacity);
    }
}
