package kit.orchestration.sdk.kubernetes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * One version of a pod's Lease, as the API server told it. The slots are texts: most are the same from one version to the
 * next, and only what differs is read.
 *
 * @param uid the Lease's uid
 * @param version its resourceVersion: of two versions the higher one is newer (comparable as Kubernetes documents since
 *     1.35, and always so with etcd)
 * @param ownerUid the uid of the pod that owns it; empty if none does
 * @param pool the pool, by its label; empty if it has none
 * @param state the text of its state; null if it has none
 * @param slots the text of each slot of the pod; null where one is missing
 * @param beyond whether it has slots beyond the pod's
 * @param keys the text of each public key, by kid
 * @param tracked whether the API server keeps track of who set which field
 * @param leaving whether it was deleted, and is kept by a finalizer
 */
record Lease(
        String uid,
        long version,
        String ownerUid,
        String pool,
        @Nullable String state,
        List<@Nullable String> slots,
        List<String> beyond,
        Map<String, String> keys,
        boolean tracked,
        boolean leaving) {

    /**
     * Reads a Lease.
     *
     * @param capacity how many slots the pod has
     * @throws LedgerFormatException if it is no Lease
     */
    static Lease of(Map<String, Object> json, int capacity) {
        Map<String, Object> meta = object(json.get("metadata"));
        @Nullable String[] slots = new String[capacity];
        List<String> beyond = new ArrayList<>();
        Map<String, String> keys = new LinkedHashMap<>();
        String state = null;
        for (Map.Entry<String, Object> annotation :
                object(meta.get("annotations")).entrySet()) {
            String name = annotation.getKey();
            String value = String.valueOf(annotation.getValue());
            int slot = LedgerNames.slotOf(name);
            if (slot >= capacity) {
                beyond.add(name);
            } else if (slot >= 0) {
                slots[slot] = value;
            } else if (name.equals(LedgerNames.STATE)) {
                state = value;
            } else if (!LedgerNames.kidOf(name).isEmpty()) {
                keys.put(LedgerNames.kidOf(name), value);
            }
        }
        return new Lease(
                string(meta.get("uid")),
                version(meta),
                owner(meta),
                string(object(meta.get("labels")).get(LedgerNames.POOL_LABEL)),
                state,
                Collections.unmodifiableList(Arrays.asList(slots)),
                beyond,
                keys,
                meta.get("managedFields") instanceof List<?> fields && !fields.isEmpty(),
                meta.get("deletionTimestamp") != null);
    }

    /** The resourceVersion of any object. */
    static long version(Map<String, Object> meta) {
        try {
            return Long.parseLong(string(meta.get("resourceVersion")));
        } catch (NumberFormatException e) {
            throw new LedgerFormatException("metadata.resourceVersion must be a number");
        }
    }

    /** The boot that it is open for; null if it is closed, or its state can't be read. */
    @Nullable
    String openBoot() {
        try {
            return state != null && LedgerState.parse(state) instanceof LedgerState.Open open ? open.bootId() : null;
        } catch (LedgerFormatException e) {
            return null;
        }
    }

    /**
     * The text of a Lease that is to be made.
     *
     * @param owner the pod that it goes with
     */
    static String create(PodIdentity owner, String state, List<@Nullable String> slots, Map<String, String> keys) {
        Map<String, Object> annotations = new LinkedHashMap<>();
        annotations.put(LedgerNames.STATE, state);
        for (int slot = 0; slot < slots.size(); slot++) {
            String text = slots.get(slot);
            if (text != null) {
                annotations.put(LedgerNames.slot(slot), text);
            }
        }
        keys.forEach((kid, text) -> annotations.put(LedgerNames.key(kid), text));
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", LedgerNames.lease(owner.podName()));
        meta.put("labels", Map.of(LedgerNames.POOL_LABEL, owner.pool()));
        meta.put("annotations", annotations);
        meta.put(
                "ownerReferences",
                List.of(Map.of("apiVersion", "v1", "kind", "Pod", "name", owner.podName(), "uid", owner.podUid())));
        return LedgerJson.write(Map.of("apiVersion", "coordination.k8s.io/v1", "kind", "Lease", "metadata", meta));
    }

    private static String owner(Map<String, Object> meta) {
        if (meta.get("ownerReferences") instanceof List<?> owners) {
            for (Object owner : owners) {
                if (owner instanceof Map<?, ?> fields && "Pod".equals(fields.get("kind"))) {
                    return string(fields.get("uid"));
                }
            }
        }
        return "";
    }

    /** The object that a field holds; the empty one if it holds none. */
    @SuppressWarnings("unchecked") // the keys of a JSON object are strings
    static Map<String, Object> object(@Nullable Object field) {
        return field instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static String string(@Nullable Object field) {
        return field instanceof String text ? text : "";
    }
}
