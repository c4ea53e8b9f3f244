package kit.orchestration.k8s.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * A pod in which nothing runs: the test writes its Lease, as its SDK would, and as nobody should, with an
 * administrator's rights.
 */
final class HandPod {

    private static final String BOOT = "boot-1";

    private final Cluster cluster;
    private final String pool;
    private final TestPod pod;
    private final String address;

    /** A ready pod whose Lease is open, with so many free slots. */
    HandPod(Cluster cluster, String pool, int capacity, Map<String, String> labels) {
        this.cluster = cluster;
        this.pool = pool;
        int number = cluster.number();
        address = "10.3." + number / 250 + "." + (1 + number % 250);
        Map<String, String> all = new LinkedHashMap<>(labels);
        all.put(LedgerNames.POOL_LABEL, pool);
        pod = cluster.node()
                .create(LedgerJson.write(Map.of(
                        "metadata",
                        Map.of(
                                "name",
                                "hand-" + number,
                                "labels",
                                all,
                                "annotations",
                                Map.of(
                                        LedgerNames.CAPACITY_ANNOTATION,
                                        Integer.toString(capacity),
                                        LedgerNames.PORT_ANNOTATION,
                                        Integer.toString(Cluster.PORT))),
                        "spec",
                        Map.of("containers", List.of(Map.of("name", "none", "image", "none"))))));
        cluster.node().running(pod, address);
        createLease(pool, pod.name(), capacity);
        ready(true);
    }

    private void createLease(String label, String name, int capacity) {
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put(LedgerNames.STATE, LedgerState.open(BOOT).format());
        for (int slot = 0; slot < capacity; slot++) {
            annotations.put(LedgerNames.slot(slot), "0");
        }
        api().post(
                        cluster.leases(),
                        LedgerJson.write(Map.of(
                                "metadata",
                                Map.of(
                                        "name",
                                        LedgerNames.lease(name),
                                        "labels",
                                        Map.of(LedgerNames.POOL_LABEL, label),
                                        "ownerReferences",
                                        List.of(owner()),
                                        "annotations",
                                        annotations))))
                .ok();
    }

    private Api api() {
        return cluster.plane().api();
    }

    String name() {
        return pod.name();
    }

    String host() {
        return address;
    }

    void ready(boolean ready) {
        cluster.node().ready(pod, ready);
    }

    void ended(String phase) {
        cluster.node().ended(pod, phase);
    }

    void kill() {
        cluster.node().kill(pod);
    }

    /** Takes pod and Lease away, as the kubelet and the garbage collector do. */
    void remove() {
        kill();
        api().delete(lease()).ok();
    }

    void drain() {
        state(LedgerState.closed(BOOT, true).format());
    }

    void state(String text) {
        annotate(LedgerNames.STATE, text);
    }

    /** Writes one annotation of the Lease; null takes it away. */
    void annotate(String name, @Nullable String text) {
        patchLease("annotations", value(name, text));
    }

    /** Leaves the Lease no room for another annotation, as somebody's own may do. */
    void fillUp() {
        int bytes = "more".length();
        for (Map.Entry<String, String> annotation : annotations().entrySet()) {
            bytes += annotation.getKey().length() + annotation.getValue().length();
        }
        annotate("more", "x".repeat(Lease.MAX_ANNOTATION_BYTES - bytes));
    }

    void slot(int slot, @Nullable String text) {
        annotate(LedgerNames.slot(slot), text);
    }

    /** A slot's text; null if there is none. */
    @Nullable
    String slot(int slot) {
        return annotations().get(LedgerNames.slot(slot));
    }

    /** What the Lease's annotations say. */
    @SuppressWarnings("unchecked")
    Map<String, String> annotations() {
        Map<String, Object> metadata =
                (Map<String, Object>) api().get(lease()).ok().json().get("metadata");
        return (Map<String, String>) metadata.get("annotations");
    }

    /** The sessions that its Lease names, by slot. */
    Map<Integer, Held> held() {
        Map<Integer, Held> held = new LinkedHashMap<>();
        annotations().forEach((name, text) -> {
            Held claim = LedgerNames.slotOf(name) < 0 ? null : LedgerSlot.claim(text);
            if (claim != null) {
                held.put(LedgerNames.slotOf(name), claim);
            }
        });
        return held;
    }

    /** Frees slots in one write, as the pod does. */
    void free(Integer... slots) {
        Map<Integer, Held> held = held();
        Map<String, @Nullable String> texts = new LinkedHashMap<>();
        for (int slot : slots) {
            texts.put(
                    LedgerNames.slot(slot),
                    Objects.requireNonNull(held.get(slot)).freed().format());
        }
        patchLease("annotations", texts);
    }

    /** Frees all that is held, as the pod does. */
    void freeAll() {
        free(held().keySet().toArray(new Integer[0]));
    }

    /** Holds free slots, as another allocator would. */
    void holdByHand(Integer... slots) {
        Map<String, @Nullable String> texts = new LinkedHashMap<>();
        for (int slot : slots) {
            Free free = (Free) LedgerSlot.read(slot(slot));
            texts.put(
                    LedgerNames.slot(slot),
                    free.hold("by-hand-" + cluster.number(), java.time.Duration.ofMinutes(1), null, Map.of())
                            .format());
        }
        patchLease("annotations", texts);
    }

    /** Puts the Lease into another pool; null takes it out of all. */
    void leasePool(@Nullable String other) {
        patchLease("labels", value(LedgerNames.POOL_LABEL, other));
    }

    /** Puts the Pod into another pool; null takes it out of all. */
    void podPool(@Nullable String other) {
        podLabel(LedgerNames.POOL_LABEL, other);
    }

    void podLabel(String name, @Nullable String value) {
        patch(pod.path(), "labels", value(name, value));
    }

    void podAnnotation(String name, @Nullable String value) {
        patch(pod.path(), "annotations", value(name, value));
    }

    /** Whether the Lease names its pod as its owner. */
    void owned(boolean owned) {
        patch(lease(), "ownerReferences", owned ? List.of(owner()) : null);
    }

    /** Takes the Lease away and makes it anew, open and free. */
    void recreateLease(int capacity) {
        api().delete(lease()).ok();
        createLease(pool, pod.name(), capacity);
    }

    /** Another Lease that says it is this pod's, under a name that is not. */
    void secondLease(String label, String name) {
        createLease(label, name, 1);
    }

    private Map<String, Object> owner() {
        return Map.of("apiVersion", "v1", "kind", "Pod", "name", pod.name(), "uid", pod.uid());
    }

    private void patchLease(String field, Map<String, @Nullable String> values) {
        patch(lease(), field, values);
    }

    private void patch(String path, String field, @Nullable Object value) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put(field, value);
        api().mergePatch(path, LedgerJson.write(Map.of("metadata", metadata))).ok();
    }

    private static Map<String, @Nullable String> value(String name, @Nullable String value) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        values.put(name, value);
        return values;
    }

    private String lease() {
        return cluster.leases() + "/" + LedgerNames.lease(pod.name());
    }

    /** All slots from 0 on. */
    static Integer[] slots(int count) {
        List<Integer> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slots.add(i);
        }
        return slots.toArray(new Integer[0]);
    }

    @Override
    public String toString() {
        return pod.name() + Arrays.toString(held().keySet().toArray());
    }
}
