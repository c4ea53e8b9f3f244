package kit.orchestration;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * A claimed slot: where to dial, and what to show there. Immutable.
 *
 * @param pool the pool it was allocated from
 * @param podAddress the {@code host:port} the client should dial, and the pod's further ports
 * @param sessionId names this claim of a slot within the pod, and no other claim, ever
 * @param token an opaque, backend-signed credential the pod will verify on session start
 * @param annotations echo the request's annotations plus any added by the allocator: {@value #POD_ANNOTATION}, the
 *     pod's name, is always there
 * @param expiresAt when the claim ends if nobody has started the session by then; by the allocator's clock, a hint to
 *     players, since the pod counts the time itself
 */
public record Allocation(
        String pool,
        PodAddress podAddress,
        String sessionId,
        Token token,
        Map<String, String> annotations,
        Instant expiresAt) {

    /** The annotation that the allocator adds: the name of the pod. */
    public static final String POD_ANNOTATION = Limits.RESERVED_PREFIX + "pod";

    /**
     * Copies the annotations; no field may be null.
     *
     * @throws IllegalArgumentException if the annotations don't name the pod
     */
    public Allocation {
        Objects.requireNonNull(pool, "pool must not be null");
        Objects.requireNonNull(podAddress, "podAddress must not be null");
        Objects.requireNonNull(sessionId, "sessionId must not be null");
        Objects.requireNonNull(token, "token must not be null");
        annotations = Map.copyOf(annotations);
        if (!annotations.containsKey(POD_ANNOTATION)) {
            throw new IllegalArgumentException("annotations must name the pod, by the key " + POD_ANNOTATION);
        }
        Objects.requireNonNull(expiresAt, "expiresAt must not be null");
    }

    /** The name of the pod: what {@link #annotations()} have for {@link #POD_ANNOTATION}. */
    public String podName() {
        return Objects.requireNonNull(annotations.get(POD_ANNOTATION));
    }

    /**
     * The pod's port of that name, as of a container's port on Kubernetes; the host is {@link #podAddress()}'s.
     *
     * @throws java.util.NoSuchElementException if it has none; the message says which there are
     */
    public int port(String name) {
        return podAddress.port(name);
    }

    /** Shows every field but the token on one line: what would break it is shown as {@code ?}. */
    @Override
    public String toString() {
        return Limits.printable("Allocation[pool=" + pool + ", podAddress=" + podAddress + ", sessionId=" + sessionId
                + ", token=" + token + ", annotations=" + annotations + ", expiresAt=" + expiresAt + "]");
    }
}
