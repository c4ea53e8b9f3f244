package kit.orchestration.k8s;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import kit.orchestration.Limits;
import kit.orchestration.k8s.ClusterApi.Event;
import kit.orchestration.k8s.ClusterApi.Page;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/**
 * Reads Leases from JSON as it comes. Each claim and each free of the cluster is told by one whole Lease of some hundred
 * annotations: by way of fabric8's model it would take several times the work, for objects that are thrown away.
 */
final class LeaseReader {

    private static final JsonFactory JSON = new JsonFactory();

    // What is read of a Lease.
    private String name = "";
    private String uid = "";
    private long version = -1;
    private String pool = "";
    private @Nullable String podUid;
    private @Nullable String podName;
    private @Nullable String state;
    private final @Nullable String[] slots = new String[Limits.CAPACITY];
    private int capacity;
    private final Set<String> keys = new HashSet<>(2);
    private @Nullable String holder;
    private @Nullable String renewed;
    private boolean tracked;

    private LeaseReader() {}

    /** A Lease. */
    static LeaseView lease(String json) {
        return read(json, parser -> {
            parser.nextToken();
            return lease(parser);
        });
    }

    /** A part of a list of Leases. */
    static Page<LeaseView> page(String json) {
        return read(json, parser -> {
            List<LeaseView> leases = new ArrayList<>();
            String[] meta = {"", ""};
            parser.nextToken();
            fields(parser, field -> {
                if (field.equals("items") && parser.currentToken() == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        leases.add(lease(parser));
                    }
                } else if (field.equals("metadata")) {
                    fields(parser, inner -> {
                        switch (inner) {
                            case "resourceVersion" -> meta[0] = parser.getText();
                            case "continue" -> meta[1] = parser.getText();
                            default -> parser.skipChildren();
                        }
                    });
                } else {
                    parser.skipChildren();
                }
            });
            return new Page<>(leases, meta[0], meta[1]);
        });
    }

    /** A line of a watch that is no error. */
    static Event<LeaseView> event(String json) {
        return read(json, parser -> {
            String[] type = {""};
            LeaseView[] lease = new LeaseView[1];
            parser.nextToken();
            fields(parser, field -> {
                switch (field) {
                    case "type" -> type[0] = parser.getText();
                    case "object" -> lease[0] = lease(parser);
                    default -> parser.skipChildren();
                }
            });
            return new Event<>(
                    type[0],
                    Long.toString(lease[0].version()),
                    type[0].equals("BOOKMARK") ? Optional.empty() : Optional.of(lease[0]),
                    Optional.empty());
        });
    }

    private static LeaseView lease(JsonParser parser) throws IOException {
        LeaseReader lease = new LeaseReader();
        fields(parser, field -> {
            switch (field) {
                case "metadata" -> fields(parser, inner -> lease.metadata(parser, inner));
                case "spec" -> fields(parser, inner -> lease.spec(parser, inner));
                default -> parser.skipChildren();
            }
        });
        return lease.view();
    }

    private LeaseView view() {
        return new LeaseView(
                name,
                uid,
                version,
                pool,
                podUid,
                podName,
                state,
                Collections.unmodifiableList(Arrays.asList(Arrays.copyOf(slots, capacity))),
                Set.copyOf(keys),
                holder,
                renewed,
                tracked);
    }

    private void metadata(JsonParser parser, String field) throws IOException {
        switch (field) {
            case "name" -> name = parser.getText();
            case "uid" -> uid = parser.getText();
            case "resourceVersion" -> version = Long.parseLong(parser.getText());
            case "labels" ->
                fields(parser, label -> {
                    if (label.equals(LedgerNames.POOL_LABEL)) {
                        pool = parser.getText();
                    }
                });
            case "annotations" -> fields(parser, annotation -> annotation(annotation, parser.getText()));
            case "ownerReferences" -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    owner(parser);
                }
            }
            case "managedFields" -> {
                tracked = parser.nextToken() != JsonToken.END_ARRAY;
                while (parser.currentToken() != JsonToken.END_ARRAY) {
                    parser.skipChildren();
                    parser.nextToken();
                }
            }
            default -> parser.skipChildren();
        }
    }

    private void annotation(String key, String text) {
        int slot = LedgerNames.slotOf(key);
        if (slot >= 0 && slot < slots.length) {
            slots[slot] = Texts.shared(text);
            capacity = Math.max(capacity, slot + 1);
        } else if (key.equals(LedgerNames.STATE)) {
            state = text;
        } else {
            String kid = LedgerNames.kidOf(key);
            if (!kid.isEmpty()) {
                keys.add(kid);
            }
        }
    }

    private void owner(JsonParser parser) throws IOException {
        String[] owner = {"", "", ""};
        fields(parser, field -> {
            switch (field) {
                case "kind" -> owner[0] = parser.getText();
                case "name" -> owner[1] = parser.getText();
                case "uid" -> owner[2] = parser.getText();
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
            case "holderIdentity" -> holder = parser.getText();
            case "renewTime" -> renewed = parser.getText();
            default -> parser.skipChildren();
        }
    }

    private interface Reading<T> {
        T read(JsonParser parser) throws IOException;
    }

    private interface Field {
        void at(String name) throws IOException;
    }

    private static <T> T read(String json, Reading<T> reading) {
        try (JsonParser parser = JSON.createParser(json)) {
            return reading.read(parser);
        } catch (IOException malformed) {
            throw new UncheckedIOException("the API server's answer is not the JSON that was expected", malformed);
        }
    }

    /** Each field of the object that the parser stands at; none if it stands at something else, such as null. */
    private static void fields(JsonParser parser, Field field) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            field.at(name);
        }
    }
}
