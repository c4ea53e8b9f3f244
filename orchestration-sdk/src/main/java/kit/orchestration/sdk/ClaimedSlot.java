package kit.orchestration.sdk;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.Limits;

/**
 * A slot of this pod that an allocator has claimed for a session. Immutable.
 *
 * @param sessionId names this claim, and no other one, ever
 * @param slot which slot of the pod it holds, from 0
 * @param ttl how long the player has to start the session, counted by the SDK from when it first sees the claim; zero
 *     to {@link Limits#MAX_CLAIM_TTL}
 * @param annotations what the allocator's caller told the pod about the session
 */
public record ClaimedSlot(String sessionId, int slot, Duration ttl, Map<String, String> annotations) {

    /**
     * Copies the annotations.
     *
     * @throws IllegalArgumentException if the session id is empty, the slot negative or the ttl out of range
     */
    public ClaimedSlot {
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        if (sessionId.isEmpty()) {
            throw new IllegalArgumentException("sessionId must not be empty");
        }
        if (slot < 0) {
            throw new IllegalArgumentException("slot must be 0 or more, was %s".formatted(slot));
        }
        Limits.checkRange("ttl", ttl, Duration.ZERO, Limits.MAX_CLAIM_TTL);
        annotations = Map.copyOf(annotations);
    }
}
