package kit.orchestration.ledger.lease;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.Limits;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import org.jspecify.annotations.Nullable;

/**
 * Reads Leases from JSON as it comes. Each claim and each free of the cluster is told by one whole Lease of some
 * hundred annotations: by way of an object model it would take several times the work, for objects that are thrown
 * away.
 */
final class LeaseReader {

    /**
     * Names of fields are whatever their writers chose: some hundred that share a hash must not make the list of a
     * whole cluster unreadable, nor stay in memory for ever.
     */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    /** What most free slots of a cluster say, one object for all of them: there may be a million. */
    private static final String[] FREE = new String[1_000];

    static {
        Arrays.setAll(FREE, uses -> new LedgerSlot.Free(uses).format());
    }

    private String name = "";
    private String uid = "";
    private String created = "";
    private long version = -1;
    private String pool = "";
    private @Nullable String podUid;
    private @Nullable String podName;
    private boolean leaving;
    private @Nullable String state;
    private @Nullable String address;
    private @Nullable String drain;
    private @Nullable String[] slots = new String[64];
    private int slotCount;
    private final Map<String, String> keys = new HashMap<>(4);
    private boolean roomElsewhere;
    private @Nullable String holder;
    private @Nullable String renewed;
    private int annotationBytes;

    private LeaseReader() {}

    static Lease lease(String json) {
        return read(json, parser -> {
            parser.nextToken();
            return whole(lease(parser));
        });
    }

    /** The version of an object, or of a list or table, of whatever kind. */
    static long version(String json) {
        return read(json, parser -> {
            parser.nextToken();
            return lease(parser).version();
        });
    }

    /** A part of a list of Leases. */
    static LeaseApi.Page<Lease> page(String json) {
        return read(json, parser -> {
            List<Lease> leases = new ArrayList<>();
            String[] meta = {"", ""};
            parser.nextToken();
            fields(parser, field -> {
                if (field.equals("items")) {
                    elements(parser, () -> leases.add(whole(lease(parser))));
                } else if (field.equals("metadata")) {
                    fields(parser, inner -> {
                        switch (inner) {
                            case "resourceVersion" -> meta[0] = text(parser);
                            case "continue" -> meta[1] = text(parser);
                            default -> parser.skipChildren();
                        }
                    });
                } else {
                    parser.skipChildren();
                }
            });
            number(meta[0]); // an object of somebody else's is no empty list
            return new LeaseApi.Page<>(leases, meta[0], meta[1]);
        });
    }

    /** The object in a line of a watch that is no error; of a bookmark, only the version is of use. */
    static Lease object(String line) {
        return read(line, parser -> {
            Lease[] lease = new Lease[1];
            parser.nextToken();
            fields(parser, field -> {
                if (field.equals("object")) {
                    lease[0] = lease(parser);
                } else {
                    parser.skipChildren();
                }
            });
            if (lease[0] == null) {
                throw new IOException("a line of a watch without an object");
            }
            return lease[0];
        });
    }

    /** What a line of a watch tells of: its first field, by the server. */
    static String type(String line) {
        return read(line, parser -> {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals("type");
                parser.nextToken();
                if (found) {
                    return parser.getText();
                }
                parser.skipChildren();
            }
            throw new IOException("a line of a watch without a type");
        });
    }

    private static Lease lease(JsonParser parser) throws IOException {
        LeaseReader lease = new LeaseReader();
        fields(parser, field -> {
            switch (field) {
                case "metadata" -> fields(parser, inner -> lease.metadata(parser, inner));
                case "spec" -> fields(parser, inner -> lease.spec(parser, inner));
                default -> parser.skipChildren();
            }
        });
        if (lease.version < 0) {
            throw new IOException("an object without a resourceVersion");
        }
        return lease.made();
    }

    private static Lease whole(Lease lease) throws IOException {
        if (lease.name().isEmpty() || lease.uid().isEmpty()) {
            throw new IOException("a lease without name or uid");
        }
        return lease;
    }

    private Lease made() {
        return new Lease(
                name,
                uid,
                created,
                version,
                pool,
                podName,
                podUid,
                leaving,
                state,
                address,
                drain,
                Collections.unmodifiableList(Arrays.asList(Arrays.copyOf(slots, slotCount))),
                Map.copyOf(keys),
                roomElsewhere,
                holder,
                renewed,
                annotationBytes);
    }

    private void metadata(JsonParser parser, String field) throws IOException {
        switch (field) {
            case "name" -> name = text(parser);
            case "uid" -> uid = text(parser);
            case "creationTimestamp" -> created = text(parser);
            case "resourceVersion" -> version = number(text(parser));
            case "deletionTimestamp" -> leaving = !text(parser).isEmpty();
            case "labels" ->
                fields(parser, label -> {
                    String text = text(parser);
                    if (label.equals(LedgerNames.POOL_LABEL)) {
                        pool = text;
                    }
                });
            case "annotations" -> fields(parser, annotation -> annotation(annotation, text(parser)));
            case "ownerReferences" -> elements(parser, () -> owner(parser));
            default -> parser.skipChildren();
        }
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException none) {
            throw new IOException("a resourceVersion that is no number", none);
        }
    }

    private void annotation(String key, String text) {
        int slot = LedgerNames.slotOf(key);
        if (slot >= 0) {
            if (slot >= slots.length) {
                slots = Arrays.copyOf(slots, Math.min(Limits.CAPACITY, Math.max(slot + 1, 2 * slots.length)));
            }
            slots[slot] = shared(text);
            slotCount = Math.max(slotCount, slot + 1);
        } else if (key.equals(LedgerNames.STATE)) {
            state = text;
        } else if (key.equals(LedgerNames.ADDRESS)) {
            address = text;
        } else if (key.equals(LedgerNames.DRAIN)) {
            drain = text;
        } else if (key.equals(LedgerNames.ROOM)) {
            roomElsewhere = text.equals(LedgerNames.ROOM_ELSEWHERE);
        } else {
            String kid = LedgerNames.kidOf(key);
            if (!kid.isEmpty()) {
                keys.put(kid, text);
            }
        }
        annotationBytes += bytes(key) + bytes(text);
    }

    private void owner(JsonParser parser) throws IOException {
        String[] owner = {"", "", ""};
        fields(parser, field -> {
            switch (field) {
                case "kind" -> owner[0] = text(parser);
                case "name" -> owner[1] = text(parser);
                case "uid" -> owner[2] = text(parser);
                default -> parser.skipChildren();
            }
        });
        if (owner[0].equals("Pod") && podUid == null) {
            podName = owner[1];
            podUid = owner[2];
        }
    }

    private void spec(JsonParser parser, String field) throws IOException {
        switch (field) {
            case "holderIdentity" -> holder = orNull(text(parser));
            case "renewTime" -> renewed = orNull(text(parser));
            default -> parser.skipChildren();
        }
    }

    private static String shared(String text) {
        if (text.length() > 3) {
            return text;
        }
        long version = LedgerSlot.version(text);
        return version < 0 || version % 2 != 0 ? text : FREE[(int) (version / 2)];
    }

    /** In UTF-8; a surrogate counts as three, which for a pair is more than it takes. */
    private static int bytes(String text) {
        int bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 0 : c < 0x800 ? 1 : 2;
        }
        return bytes;
    }

    private interface Reading<T> {
        T read(JsonParser parser) throws IOException;
    }

    private interface Field {
        void at(String name) throws IOException;
    }

    private interface Element {
        void at() throws IOException;
    }

    private static <T> T read(String json, Reading<T> reading) {
        try (JsonParser parser = JSON.createParser(json)) {
            return reading.read(parser);
        } catch (IOException malformed) {
            throw new UncheckedIOException("the answer is not the JSON that was expected", malformed);
        }
    }

    /** Each field of the object that the parser stands at; none if it stands at something else, such as null. */
    private static void fields(JsonParser parser, Field field) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            if (parser.currentToken() == null) {
                throw new IOException("the JSON ends in the middle");
            }
            String name = parser.currentName();
            parser.nextToken();
            field.at(name);
        }
    }

    /** Each element of the array that the parser stands at; none if it stands at something else. */
    private static void elements(JsonParser parser, Element element) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            element.at();
        }
    }

    /** The text, number or truth that the parser stands at; empty if it stands at something else, such as null. */
    private static String text(JsonParser parser) throws IOException {
        if (parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL) {
            return parser.getText();
        }
        parser.skipChildren();
        return "";
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
