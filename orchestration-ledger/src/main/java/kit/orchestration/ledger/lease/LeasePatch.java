package kit.orchestration.ledger.lease;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Patch (RFC 6902) of a Lease, op by op: it tests what it assumes, and is applied whole or not at all. So it can
 * be repeated, and harms nobody when it comes late. For one thread.
 */
public final class LeasePatch {

    /** MicroTime wants exactly six digits. */
    private static final DateTimeFormatter MICRO_TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String ANNOTATIONS = "/metadata/annotations/";

    /** What Go's JSON escapes, or writes otherwise than Java's: but for these, what is no plain ASCII. */
    private static final Pattern ESCAPED = Pattern.compile("[^ -~]|[&<>]");

    private final Lease lease;
    private final List<Map<String, ? extends @Nullable Object>> ops = new ArrayList<>();

    private LeasePatch(Lease lease) {
        this.lease = lease;
    }

    /**
     * A patch that fails on any other Lease than the one with this uid. It ends the server's record of who set which
     * field, which would make up a third of a Lease (measured: 14.6 KB and 10 ms of the server's time for each write
     * with it, 5.7 KB and 7 ms without), and in which the policy of {@code deploy/base/policy.yaml} lets no pod write
     * anything.
     */
    public static LeasePatch of(Lease lease) {
        LeasePatch patch = new LeasePatch(lease)
                .op("test", "/metadata/uid", lease.uid())
                .op("add", "/metadata/managedFields", List.of());
        return lease.annotationBytes() > 0
                ? patch
                // Somebody has removed them: nothing can be added to what is not there.
                : patch.testVersion(lease).op("add", "/metadata/annotations", Map.of());
    }

    /** Fails if anything was changed since this version was read. */
    public LeasePatch testVersion(Lease lease) {
        return op("test", "/metadata/resourceVersion", Long.toString(lease.version()));
    }

    /**
     * Fails unless the annotation has this very text. Where that has what Go writes as an escape ({@code &}, {@code <},
     * {@code >} and some more) it fails if anything was changed since: the server compares JSON as it stands, so that a
     * test of such a text would fail for ever (tried on 1.36).
     */
    public LeasePatch test(String annotation, String value) {
        return ESCAPED.matcher(value).find() ? testVersion(lease) : op("test", path(annotation), value);
    }

    /**
     * Fails if the annotation is there. RFC 6902 has no words for that; the API server's library takes what is missing
     * for {@code null} (tried on 1.36), and a pod in use would have a new version before a test of that came.
     */
    private LeasePatch testMissing(String annotation) {
        Map<String, @Nullable Object> test = new LinkedHashMap<>(4);
        test.put("op", "test");
        test.put("path", path(annotation));
        test.put("value", null);
        ops.add(test);
        return this;
    }

    /** Adds the annotation, or replaces it. */
    public LeasePatch set(String annotation, String value) {
        return op("add", path(annotation), value);
    }

    /** Sets an annotation, or removes it, if it has still the text that was read, or is still missing. */
    public LeasePatch change(String annotation, @Nullable String from, @Nullable String to) {
        LeasePatch tested = from != null ? test(annotation, from) : testMissing(annotation);
        return to != null ? tested.set(annotation, to) : tested.remove(annotation);
    }

    /** Removes an annotation, which must be there. */
    public LeasePatch remove(String annotation) {
        return op("remove", path(annotation), null);
    }

    /** Fails unless the pod's state is the one that was read. */
    public LeasePatch testState(String stateText) {
        return test(LedgerNames.STATE, stateText);
    }

    /** Sets a slot's text, if it is the one that was read. */
    public LeasePatch slot(int slot, String from, LedgerSlot to) {
        return test(LedgerNames.slot(slot), from).set(LedgerNames.slot(slot), to.format());
    }

    /** Adds an allocator's public key. */
    public LeasePatch key(String kid, String key) {
        return set(LedgerNames.key(kid), key);
    }

    /** Says who fills the pod. */
    public LeasePatch holder(String identity, Instant now) {
        return op("add", "/spec/holderIdentity", identity).op("add", "/spec/renewTime", MICRO_TIME.format(now));
    }

    /** Says whether other pods have room, if the Lease says otherwise. */
    public LeasePatch roomElsewhere(boolean isThere) {
        return isThere == lease.roomElsewhere()
                ? this
                : set(LedgerNames.ROOM, isThere ? LedgerNames.ROOM_ELSEWHERE : LedgerNames.ROOM_NOWHERE);
    }

    /** The whole patch. */
    public String text() {
        return LedgerJson.write(ops);
    }

    private static String path(String annotation) {
        return ANNOTATIONS + annotation.replace("~", "~0").replace("/", "~1");
    }

    private LeasePatch op(String op, String path, @Nullable Object value) {
        Map<String, Object> fields = new LinkedHashMap<>(4);
        fields.put("op", op);
        fields.put("path", path);
        if (value != null) {
            fields.put("value", value);
        }
        ops.add(fields);
        return this;
    }
}
