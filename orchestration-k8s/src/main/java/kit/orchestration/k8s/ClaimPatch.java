package kit.orchestration.k8s;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import kit.orchestration.ledger.LedgerNames;

/**
 * A JSON Patch (RFC 6902) of a Lease, op by op. Annotation names that we use need no escaping (RFC 6901): they have neither
 * '/' nor '~'.
 */
final class ClaimPatch {

    /** MicroTime wants exactly six digits. */
    private static final DateTimeFormatter MICRO_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private static final String ANNOTATIONS = "/metadata/annotations/";

    private final ArrayNode ops = JsonNodeFactory.instance.arrayNode();

    /** A patch that fails on any other Lease than the one with this uid. */
    static ClaimPatch of(LeaseView lease) {
        return new ClaimPatch().op("test", "/metadata/uid", lease.uid());
    }

    /** Fails unless the pod takes claims, and is of the boot that the allocator knows. */
    ClaimPatch testState(String state) {
        return op("test", ANNOTATIONS + LedgerNames.STATE, state);
    }

    /** Sets a slot's text, if it is the one that the allocator knows. */
    ClaimPatch slot(int slot, String from, String to) {
        String path = ANNOTATIONS + LedgerNames.slot(slot);
        return op("test", path, from).op("replace", path, to);
    }

    /** Adds a public key. */
    ClaimPatch key(String kid, String text) {
        return op("add", ANNOTATIONS + LedgerNames.key(kid), text);
    }

    /** Says who fills the pod. */
    ClaimPatch holder(String identity, Instant now) {
        return op("add", "/spec/holderIdentity", identity).op("add", "/spec/renewTime", MICRO_TIME.format(now));
    }

    /** Ends the server's record of who set which field: it would make up a third of the Lease. */
    ClaimPatch untrack() {
        ops.addObject().put("op", "add").put("path", "/metadata/managedFields").putArray("value");
        return this;
    }

    private ClaimPatch op(String op, String path, String value) {
        ops.addObject().put("op", op).put("path", path).put("value", value);
        return this;
    }

    @Override
    public String toString() {
        return ops.toString();
    }
}
