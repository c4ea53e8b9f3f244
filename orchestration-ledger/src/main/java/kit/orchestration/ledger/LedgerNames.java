package kit.orchestration.ledger;

import java.util.Objects;
import kit.orchestration.Limits;

/**
 * What the ledger of a pod is called on Kubernetes: one {@code coordination.k8s.io/v1} Lease per pod, and the labels
 * and annotations by which allocator and pod find each other. The Lease is ours, so its own annotations have short
 * names.
 */
public final class LedgerNames {

    /** Label of pods and Leases: the pool's name. Only what has it is ever touched. */
    public static final String POOL_LABEL = Limits.RESERVED_PREFIX + "pool";
    /** Annotation of a pod: how many sessions it hosts at once. */
    public static final String CAPACITY_ANNOTATION = Limits.RESERVED_PREFIX + "capacity";
    /** Annotation of a pod: the port that players dial at the pod's IP. */
    public static final String PORT_ANNOTATION = Limits.RESERVED_PREFIX + "port";
    /** Annotation of a pod: {@code host:port} that players dial, if it is not the pod's IP and the port. */
    public static final String ADDRESS_ANNOTATION = Limits.RESERVED_PREFIX + "address";
    /**
     * Annotation of a Lease: where players dial the pod, by the pod's own word, as {@link
     * kit.orchestration.PodAddress#format} writes it. None: as the pod's manifest and its IP have it.
     */
    public static final String ADDRESS = "address";
    /** Annotation of a pod: {@code none} if no SDK runs in it. */
    public static final String SDK_ANNOTATION = Limits.RESERVED_PREFIX + "sdk";
    /** The value of {@link #SDK_ANNOTATION} of a pod without SDK. */
    public static final String SDK_NONE = "none";

    /** Annotation of a Lease: a {@link LedgerState}. */
    public static final String STATE = "state";
    /**
     * Annotation of a Lease: somebody other than the pod wants it to take no new sessions, for as long as this stands;
     * whatever its text is, it says who, and why. The pod obeys, and its sessions go on.
     */
    public static final String DRAIN = "drain";
    /** Annotation of a Lease: what an allocator writes to hear of it. Of no meaning, and another each time. */
    public static final String PROOF = "proof";

    /**
     * Annotation of a Lease: whether those who were given its slots last could have gone to other pods; then nobody
     * waits for what ends here. An allocator writes it with its claims, if it is not as written before.
     */
    public static final String ROOM = "room";
    /** The value of {@link #ROOM} if other pods have room. */
    public static final String ROOM_ELSEWHERE = "elsewhere";
    /** The value of {@link #ROOM} if none has; any other, and none at all, mean the same. */
    public static final String ROOM_NOWHERE = "nowhere";

    private static final String KEY_PREFIX = "key-";
    /** An annotation's name must end with a letter or digit, and one kid in 32 does not. */
    private static final String KEY_SUFFIX = ".pub";

    private static final String LEASE_PREFIX = "orchestration-";
    private static final int OBJECT_NAME_LENGTH = 253;

    private LedgerNames() {}

    /**
     * The name of a pod's Lease.
     *
     * @throws IllegalArgumentException if the pod's name leaves no room for the prefix
     */
    public static String lease(String podName) {
        Objects.requireNonNull(podName, "podName must not be null");
        String name = LEASE_PREFIX + podName;
        if (name.length() > OBJECT_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "the pod's name must have at most %s characters, so that its Lease can be named after it, was %s"
                            .formatted(OBJECT_NAME_LENGTH - LEASE_PREFIX.length(), Limits.quote(podName)));
        }
        return name;
    }

    /** The annotation of a Lease that holds a {@link LedgerSlot}. */
    public static String slot(int slot) {
        return Integer.toString(slot);
    }

    /** The slot that an annotation of a Lease holds; -1 if it holds none. */
    public static int slotOf(String annotation) {
        if (annotation.isEmpty() || annotation.length() > 3) {
            return -1;
        }
        int slot = 0;
        for (int i = 0; i < annotation.length(); i++) {
            char digit = annotation.charAt(i);
            if (digit < '0' || digit > '9' || (digit == '0' && i == 0 && annotation.length() > 1)) {
                return -1;
            }
            slot = slot * 10 + digit - '0';
        }
        return slot;
    }

    /** The annotation of a Lease that holds the public key of that id, as a key's text. */
    public static String key(String kid) {
        return KEY_PREFIX + kid + KEY_SUFFIX;
    }

    /** The id of the public key that an annotation of a Lease holds; empty if it holds none. */
    public static String kidOf(String annotation) {
        return annotation.startsWith(KEY_PREFIX)
                        && annotation.endsWith(KEY_SUFFIX)
                        && annotation.length() > KEY_PREFIX.length() + KEY_SUFFIX.length()
                ? annotation.substring(KEY_PREFIX.length(), annotation.length() - KEY_SUFFIX.length())
                : "";
    }

    /**
     * What a pod's tokens say in {@code aud}: the pod, and the start of its process that its open Lease names.
     */
    public static String audience(String podUid, String bootId) {
        return Limits.checkId("podUid", podUid) + "/" + Limits.checkId("bootId", bootId);
    }
}
