package kit.orchestration.engine;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import kit.orchestration.PodAddress;

/**
 * A slot that the backend has written down as held; a token signed for it makes it an allocation.
 *
 * @param pool the pool
 * @param podName the pod's name
 * @param address where players dial
 * @param audience the pod's identity and boot, as tokens name it
 * @param sessionId the claim's id
 * @param slot the slot's number, empty where the backend has none
 * @param annotations the first try's annotations
 * @param expiresAt when the claim ends if nobody starts the session
 */
public record Claim(
        String pool,
        String podName,
        PodAddress address,
        String audience,
        String sessionId,
        OptionalInt slot,
        Map<String, String> annotations,
        Instant expiresAt) {}
