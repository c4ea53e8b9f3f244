package kit.orchestration.benchmarks.kubernetes;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import kit.orchestration.Limits;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;

/**
 * A Lease as the library's are, written without the library: the same annotations, and patches of the same form. For
 * one thread.
 */
final class BareLease {

    private static final String STATE = new LedgerState(true, "bench-boot-id-00", 0, false).format();
    /** MicroTime wants exactly six digits. */
    private static final DateTimeFormatter MICRO_TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String ANNOTATIONS = "/metadata/annotations/";

    private final String path;
    private final String uid;
    private final SessionIds ids;
    private final LedgerSlot[] slots = new LedgerSlot[Plan.CAPACITY];
    private int next = Plan.CAPACITY / 2;

    private BareLease(String path, String uid, long seed) {
        this.path = path;
        this.uid = uid;
        this.ids = new SessionIds(new Random(seed));
    }

    /** Makes the Lease of a pod as the SDK does, open and with every slot free. */
    static void create(Api admin, TestPod pod) {
        post(admin, pod, Map.of());
    }

    /** A Lease whose first half is held, for the raw patches; field tracking is off as the library turns it off. */
    static BareLease halfFull(Api admin, TestPod pod, long seed) {
        SessionIds ids = new SessionIds(new Random(seed + 1_000));
        Map<Integer, LedgerSlot> held = new LinkedHashMap<>();
        for (int slot = 0; slot < Plan.CAPACITY / 2; slot++) {
            held.put(slot, hold(LedgerSlot.Free.NEW, ids.get()));
        }
        String uid = post(admin, pod, held);
        BareLease lease = new BareLease(path(pod) + "/" + LedgerNames.lease(pod.name()), uid, seed);
        for (int slot = 0; slot < Plan.CAPACITY; slot++) {
            lease.slots[slot] = held.getOrDefault(slot, LedgerSlot.Free.NEW);
        }
        admin.jsonPatch(
                        lease.path,
                        LedgerJson.write(
                                List.of(Map.of("op", "add", "path", "/metadata/managedFields", "value", List.of()))))
                .ok();
        return lease;
    }

    String path() {
        return path;
    }

    /** Whether the next patch is a claim; where no slot is left it frees the second half. */
    boolean isClaimNext() {
        return next < Plan.CAPACITY;
    }

    /** A JSON Patch: one slot is claimed, as the library would; or the claimed ones are freed. */
    String nextPatch() {
        StringBuilder ops = new StringBuilder("[");
        op(ops, "test", "/metadata/uid", uid);
        op(ops, "test", ANNOTATIONS + LedgerNames.STATE, STATE);
        if (isClaimNext()) {
            set(ops, next, hold((LedgerSlot.Free) slots[next], ids.get()));
            next++;
        } else {
            for (next = Plan.CAPACITY - 1; next >= Plan.CAPACITY / 2; next--) {
                set(ops, next, ((LedgerSlot.Held) slots[next]).freed());
            }
            next++;
        }
        op(ops, "add", "/spec/holderIdentity", "bench");
        op(ops, "add", "/spec/renewTime", MICRO_TIME.format(Instant.now()));
        ops.setCharAt(ops.length() - 1, ']');
        return ops.toString();
    }

    private void set(StringBuilder ops, int slot, LedgerSlot to) {
        String annotation = ANNOTATIONS + LedgerNames.slot(slot);
        op(ops, "test", annotation, slots[slot].format());
        op(ops, "replace", annotation, to.format());
        slots[slot] = to;
    }

    private static void op(StringBuilder ops, String op, String path, String value) {
        ops.append("{\"op\":\"").append(op).append("\",\"path\":\"").append(path);
        ops.append("\",\"value\":\"").append(value).append("\"},");
    }

    private static LedgerSlot.Held hold(LedgerSlot.Free slot, String sessionId) {
        return slot.hold(sessionId, Limits.DEFAULT_CLAIM_TTL, null, Requests.ANNOTATIONS);
    }

    private static String path(TestPod pod) {
        return "/apis/coordination.k8s.io/v1/namespaces/" + pod.namespace() + "/leases";
    }

    private static String post(Api admin, TestPod pod, Map<Integer, LedgerSlot> held) {
        Map<String, Object> annotations = new LinkedHashMap<>();
        annotations.put(LedgerNames.STATE, STATE);
        for (int slot = 0; slot < Plan.CAPACITY; slot++) {
            annotations.put(
                    LedgerNames.slot(slot),
                    held.getOrDefault(slot, LedgerSlot.Free.NEW).format());
        }
        Map<String, Object> lease = Map.of(
                "metadata",
                Map.of(
                        "name",
                        LedgerNames.lease(pod.name()),
                        "labels",
                        Map.of(LedgerNames.POOL_LABEL, Cluster.POOL),
                        "annotations",
                        annotations,
                        "ownerReferences",
                        List.of(Map.of("apiVersion", "v1", "kind", "Pod", "name", pod.name(), "uid", pod.uid()))));
        Map<String, Object> made =
                admin.post(path(pod), LedgerJson.write(lease)).ok().json();
        return String.valueOf(((Map<?, ?>) made.getOrDefault("metadata", Map.of())).get("uid"));
    }
}
