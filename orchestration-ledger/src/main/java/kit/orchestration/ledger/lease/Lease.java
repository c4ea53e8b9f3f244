package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * A Lease, of which no more is kept than a ledger needs. Immutable.
 *
 * @param name its name
 * @param uid its uid
 * @param created when the server made it, as it stands there, to the second: in order as texts
 * @param version its resourceVersion; versions of one uid are in order
 * @param pool the pool, by its label; empty if it has none
 * @param podName the pod that owns it; null if none does
 * @param podUid that pod's uid
 * @param leaving whether it was deleted, and something keeps it
 * @param stateText the text of its state; null if there is none
 * @param addressText where players dial, by the pod's word; null if it says nothing
 * @param drainText who wants it to take no new sessions, and why; null if nobody does
 * @param slots the text of each slot up to the last that it has, whatever the pod's capacity; null where one is missing
 * @param keys the texts of allocators' public keys, by their ids
 * @param roomElsewhere whether other pods had room when its slots were claimed, by {@link LedgerNames#ROOM}
 * @param holder who fills the pod; null if nobody says so
 * @param renewed when the holder said so last, as it stands there
 * @param annotationBytes how much of the server's {@link #MAX_ANNOTATION_BYTES} its annotations take
 */
public record Lease(
        String name,
        String uid,
        String created,
        long version,
        String pool,
        @Nullable String podName,
        @Nullable String podUid,
        boolean leaving,
        @Nullable String stateText,
        @Nullable String addressText,
        @Nullable String drainText,
        List<@Nullable String> slots,
        Map<String, String> keys,
        boolean roomElsewhere,
        @Nullable String holder,
        @Nullable String renewed,
        int annotationBytes) {

    /** Bytes of all keys and values of an object's annotations, at most, by the API server. */
    public static final int MAX_ANNOTATION_BYTES = 256 * 1_024;

    /**
     * Up to where claims may fill them. The rest is the pod's: each session may be marked as released, the state gets
     * longer, other allocators bring their keys.
     */
    public static final int CLAIMS_ANNOTATION_BYTES = MAX_ANNOTATION_BYTES - 16 * 1_024;

    /**
     * For so long, at most, a pod whose Lease shows no free slot gathers what ends there, if other pods had room when
     * it was filled; else not at all.
     */
    public static final Duration GATHER_WHILE_FULL = Duration.ofMillis(500);

    /** And for how long while it takes itself for far from full. */
    public static final Duration GATHER = Duration.ofSeconds(1);

    private static final Duration LONG_AGO = Duration.ofHours(1);

    /**
     * The Lease that a JSON text says.
     *
     * @throws java.io.UncheckedIOException if it is no JSON, or no Lease
     */
    public static Lease read(String json) {
        return LeaseReader.lease(json);
    }

    /** The JSON of a Lease that a pod owns, for a create. */
    public static String json(
            String pool,
            String podName,
            String podUid,
            String state,
            @Nullable String address,
            List<? extends @Nullable String> slots,
            Map<String, String> keys) {
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put(LedgerNames.STATE, state);
        if (address != null) {
            annotations.put(LedgerNames.ADDRESS, address);
        }
        for (int slot = 0; slot < slots.size(); slot++) {
            String text = slots.get(slot);
            if (text != null) {
                annotations.put(LedgerNames.slot(slot), text);
            }
        }
        keys.forEach((kid, text) -> annotations.put(LedgerNames.key(kid), text));
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", LedgerNames.lease(podName));
        meta.put("labels", Map.of(LedgerNames.POOL_LABEL, pool));
        meta.put("annotations", annotations);
        meta.put("ownerReferences", List.of(Map.of("apiVersion", "v1", "kind", "Pod", "name", podName, "uid", podUid)));
        Map<String, Object> lease = new LinkedHashMap<>();
        lease.put("apiVersion", "coordination.k8s.io/v1");
        lease.put("kind", "Lease");
        lease.put("metadata", meta);
        return LedgerJson.write(lease);
    }

    /** What the pod says of claims; null if it says nothing, or nothing that can be read. */
    public @Nullable LedgerState state() {
        try {
            return stateText == null ? null : LedgerState.parse(stateText);
        } catch (LedgerFormatException unreadable) {
            return null;
        }
    }

    /** The text of a slot; null if there is none. */
    public @Nullable String slot(int slot) {
        return slot < slots.size() ? slots.get(slot) : null;
    }

    /** How long ago the holder said so, by the time of day; zero if none did, or in a way that can't be read. */
    public Duration sinceRenewed(Instant now) {
        try {
            Duration since = renewed == null ? Duration.ZERO : Duration.between(Instant.parse(renewed), now);
            return since.isNegative() ? Duration.ZERO : since.compareTo(LONG_AGO) > 0 ? LONG_AGO : since;
        } catch (DateTimeParseException unreadable) {
            return Duration.ZERO;
        }
    }
}
