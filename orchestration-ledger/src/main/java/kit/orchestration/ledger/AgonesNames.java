package kit.orchestration.ledger;

import java.util.Objects;
import java.util.Optional;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger of a pod is called on Agones: two lists of its GameServer, one with a value for each claim and one
 * with {@link AgonesNote notes}, and the labels by which allocator and pod find each other.
 *
 * <p>A claim's value is a {@link LedgerSlot.Held} that was never freed before; the id in it is the claim's
 * <em>key</em>, chosen before Agones has chosen the pod. Keys are never used again: Agones would delete the new value
 * with the old one. A session's id is the pod's boot and the key, so that whoever has the id can find the pod by its
 * label.
 */
public final class AgonesNames {

    /** Agones' own label of a GameServer: its Fleet, which is our pool. */
    public static final String FLEET_LABEL = "agones.dev/fleet";
    /** What Agones puts before the names of labels and annotations that a pod sets by its sidecar. */
    public static final String SDK_PREFIX = "agones.dev/sdk-";
    /** Label that the pod sets, less {@link #SDK_PREFIX}: the start of its process. */
    public static final String BOOT = "orchestration-boot";
    /** Label that the pod sets, less {@link #SDK_PREFIX}: {@link #OPEN_TRUE} while it takes new claims. */
    public static final String OPEN = "orchestration-open";
    /** The value of {@link #OPEN} of a pod that takes new claims. */
    public static final String OPEN_TRUE = "true";
    /** The value of {@link #OPEN} of a pod that takes none: not ready, or draining. */
    public static final String OPEN_FALSE = "false";
    /**
     * Label of a GameServer that is to take no new claims, whatever it says: set by whoever runs the Fleet, as its
     * {@code allocationOverflow} can.
     */
    public static final String DRAIN_LABEL = Limits.RESERVED_PREFIX + "drain";
    /** The list of sessions, unless another is named. */
    public static final String LIST = "sessions";
    /** The list of {@link AgonesNote notes}. */
    public static final String NOTES = "orchestration";
    /** The counter that shows how many sessions a server has whose slots are in its pod's Lease. */
    public static final String COUNTER = "sessions";
    /** Values of a list at most; Agones takes no more. */
    public static final int MAX_CAPACITY = 1_000;

    private AgonesNames() {}

    /** The id of a session: the pod's label {@link #BOOT}, if it has one (an SDK runs in it), and the claim's key. */
    public static String sessionId(@Nullable String boot, String key) {
        Objects.requireNonNull(key, "key must not be null");
        return Limits.checkId("sessionId", boot == null ? key : boot + '.' + key);
    }

    /** The boot that a session's id names; empty if it names none. */
    public static Optional<String> bootOf(String sessionId) {
        int dot = sessionId.indexOf('.');
        return dot <= 0 ? Optional.empty() : Optional.of(sessionId.substring(0, dot));
    }

    /** The claim's key that a session's id names. */
    public static String keyOf(String sessionId) {
        return sessionId.substring(sessionId.indexOf('.') + 1);
    }

    /** What a pod's tokens say in {@code aud}: the GameServer, and the start of its process, if an SDK runs in it. */
    public static String audience(String gameServer, @Nullable String boot) {
        Objects.requireNonNull(gameServer, "gameServer must not be null");
        return boot == null ? gameServer : gameServer + '/' + boot;
    }
}
