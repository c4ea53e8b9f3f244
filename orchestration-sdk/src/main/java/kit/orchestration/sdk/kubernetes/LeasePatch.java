package kit.orchestration.sdk.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;

/**
 * A JSON Patch (RFC 6902) of the pod's Lease: it tests what it assumes, and is applied whole or not at all. So it can be
 * repeated, and harms nobody when it comes late. Names of our annotations need no escaping (RFC 6901).
 */
final class LeasePatch {

    private static final String ANNOTATIONS = "/metadata/annotations/";

    private final List<Map<String, Object>> ops = new ArrayList<>();

    /**
     * Fails on any other Lease. It ends the server's record of who set which field, which makes up a third of a Lease (measured:
     * 14.6 KB and 10 ms of the server's time for each write with it, 5.7 KB and 7 ms without), and in which the policy of
     * {@code deploy/policy.yaml} lets no pod write anything.
     */
    static LeasePatch of(Lease lease) {
        LeasePatch patch = new LeasePatch().op("test", "/metadata/uid", lease.uid());
        patch.ops.add(Map.of("op", "add", "path", "/metadata/managedFields", "value", List.of()));
        return patch;
    }

    /** Fails if anything was changed since the version was read. */
    LeasePatch testVersion(Lease lease) {
        return op("test", "/metadata/resourceVersion", Long.toString(lease.version()));
    }

    LeasePatch test(String annotation, String value) {
        return op("test", ANNOTATIONS + annotation, value);
    }

    /** Adds the annotation, or replaces it. */
    LeasePatch set(String annotation, String value) {
        return op("add", ANNOTATIONS + annotation, value);
    }

    /** Removes an annotation, which must be there. */
    LeasePatch remove(String annotation) {
        ops.add(Map.of("op", "remove", "path", ANNOTATIONS + annotation));
        return this;
    }

    /** Sets a slot's text, if it is the one that was read. */
    LeasePatch slot(int slot, String from, String to) {
        return test(LedgerNames.slot(slot), from).set(LedgerNames.slot(slot), to);
    }

    String text() {
        return LedgerJson.write(ops);
    }

    private LeasePatch op(String op, String path, String value) {
        ops.add(Map.of("op", op, "path", path, "value", value));
        return this;
    }
}
