package kit.orchestration.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.jspecify.annotations.Nullable;

/**
 * A model of kube-apiserver 1.36, as far as pods and allocators see it: Pods and Leases of one namespace, versions,
 * JSON patches, lists, and the events that watches tell. It answers at once: how long that takes, and whether it comes,
 * is {@link Wire}'s.
 */
final class ApiServer {

    /** What an object was before, and is after a write; null where there was, or is, none. */
    record Event(
            long version,
            Kind kind,
            @Nullable Stored before,
            @Nullable Stored after) {

        /** The line of a watch with that selection; null if it tells nothing of this. */
        @Nullable
        String line(Selection selection) {
            boolean was = before != null && selection.has(before);
            boolean is = after != null && selection.has(after);
            if (is) {
                return line(
                        was ? "MODIFIED" : "ADDED",
                        Objects.requireNonNull(after).json());
            }
            // Of one that leaves the selection, what it is now is told; of one that is deleted, what it was at last.
            return was
                    ? line(
                            "DELETED",
                            (after == null ? Objects.requireNonNull(before).at(version) : after).json())
                    : null;
        }

        private static String line(String type, String object) {
            return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
        }
    }

    /** Which objects are asked for. */
    record Selection(
            Kind kind, @Nullable String label, @Nullable String name) {

        boolean has(Stored object) {
            return (label == null || object.labels().containsKey(label))
                    && (name == null || name.equals(object.name()));
        }
    }

    /** Who hears of each write, as it lands. */
    interface Witness {
        void wrote(String by, Event event);

        /** A patch failed its tests. */
        void lost(String by);
    }

    private final Map<Kind, Map<String, Stored>> objects = new EnumMap<>(Kind.class);
    private final List<Event> log = new ArrayList<>();
    private final Witness witness;
    private long version = 1_000;
    private long uids;
    /** What is older can't be watched from. */
    private long compacted;

    ApiServer(Witness witness) {
        this.witness = witness;
        for (Kind kind : Kind.values()) {
            objects.put(kind, new TreeMap<>());
        }
    }

    long version() {
        return version;
    }

    Collection<Stored> all(Kind kind) {
        return List.copyOf(of(kind).values());
    }

    @Nullable
    Stored get(Kind kind, String name) {
        return of(kind).get(name);
    }

    private Map<String, Stored> of(Kind kind) {
        return Objects.requireNonNull(objects.get(kind));
    }

    /** No watch begins at what is older than now. */
    void compact() {
        compacted = version;
    }

    /** What has happened since a version; null if that is not known any more. */
    @Nullable
    List<Event> since(long known) {
        if (known < compacted) {
            return null;
        }
        int from = log.size();
        while (from > 0 && log.get(from - 1).version > known) {
            from--;
        }
        return log.subList(from, log.size());
    }

    // ---- writes of whoever is no client of ours: kubelet, controllers, people ----

    Stored create(String by, Kind kind, Map<String, Object> object) {
        Map<String, Object> made = LedgerJson.read(LedgerJson.write(object));
        Map<String, Object> meta = Stored.child(made, "metadata");
        meta.put("uid", kind.name().toLowerCase(Locale.ROOT) + "-uid-" + ++uids);
        meta.put("creationTimestamp", "2030-01-01T00:00:00Z");
        if (meta.containsKey("labels") || meta.containsKey("annotations")) {
            meta.put("managedFields", List.of(Map.of("manager", by))); // who set what, until a patch of ours ends it
        }
        made.putIfAbsent("spec", new LinkedHashMap<>());
        return write(by, kind, null, made);
    }

    void change(String by, Kind kind, String name, UnaryOperator<Map<String, Object>> change) {
        Stored before = get(kind, name);
        if (before != null) {
            write(by, kind, before, change.apply(before.copy()));
        }
    }

    void delete(String by, Kind kind, String name) {
        Stored before = get(kind, name);
        if (before != null) {
            of(kind).remove(name);
            tell(by, new Event(++version, kind, before, null));
        }
    }

    private Stored write(String by, Kind kind, @Nullable Stored before, Map<String, Object> object) {
        Map<String, Object> meta = Stored.child(object, "metadata");
        meta.values().removeIf(value -> value instanceof Map<?, ?> texts && texts.isEmpty());
        if (before != null && before.is(object)) {
            return before; // no write, and no event
        }
        Stored after = new Stored(object).at(++version);
        of(kind).put(after.name(), after);
        tell(by, new Event(version, kind, before, after));
        return after;
    }

    private void tell(String by, Event event) {
        log.add(event);
        witness.wrote(by, event);
    }

    // ---- calls ----

    /** The answer to a call, which is done by then. */
    Answer answer(String by, Ask ask) {
        Kind kind = Kind.of(ask.path());
        String name = name(ask.path());
        Stored object = name.isEmpty() ? null : get(kind, name);
        if (ask.method().equals("POST")) {
            return posted(by, kind, LedgerJson.read(Objects.requireNonNull(ask.body())));
        }
        if (name.isEmpty()) {
            return list(selection(ask.path()));
        }
        if (object == null) {
            return Status.of(404);
        }
        return switch (ask.method()) {
            case "GET" -> good(object.json());
            case "PATCH" -> patched(by, kind, object, ask);
            case "DELETE" -> deleted(by, kind, object, ask);
            default -> Status.of(405);
        };
    }

    private Answer posted(String by, Kind kind, Map<String, Object> object) {
        String name = String.valueOf(Stored.child(object, "metadata").get("name"));
        return get(kind, name) != null
                ? Status.of(409)
                : good(201, create(by, kind, object).json());
    }

    private Answer list(Selection selection) {
        List<String> found = of(selection.kind).values().stream()
                .filter(selection::has)
                .map(Stored::json)
                .toList();
        return good(
                "{\"metadata\":{\"resourceVersion\":\"" + version + "\"},\"items\":[" + String.join(",", found) + "]}");
    }

    private Answer patched(String by, Kind kind, Stored object, Ask ask) {
        Map<String, Object> changed = object.copy();
        List<?> ops = (List<?>) Objects.requireNonNull(
                LedgerJson.read("{\"ops\":" + ask.body() + "}").get("ops"));
        if (!JsonPatch.apply(changed, ops)) {
            witness.lost(by);
            return Status.of(422);
        }
        Stored.child(changed, "metadata").remove("managedFields"); // ended by our patches
        Stored now = write(by, kind, object, changed);
        return good(
                ask.accept().contains("as=Table")
                        ? "{\"metadata\":{\"resourceVersion\":\"" + now.version() + "\"}}"
                        : now.json());
    }

    private Answer deleted(String by, Kind kind, Stored object, Ask ask) {
        Map<String, Object> options = ask.body() == null ? Map.of() : LedgerJson.read(ask.body());
        Object uid = Stored.child(options, "preconditions").get("uid");
        if (uid != null && !uid.equals(object.uid())) {
            return Status.of(409);
        }
        delete(by, kind, object.name());
        return good("{\"kind\":\"Status\",\"status\":\"Success\"}");
    }

    private static Answer good(String body) {
        return good(200, body);
    }

    private static Answer good(int status, String body) {
        return new Answer(status, body, "");
    }

    private static String name(String path) {
        String rest = path.substring(Kind.of(path).path.length());
        int end = rest.indexOf('?');
        rest = end < 0 ? rest : rest.substring(0, end);
        return rest.isEmpty() ? "" : rest.substring(1);
    }

    /** What a list's or a watch's query asks for. */
    static Selection selection(String path) {
        String field = parameter(path, "fieldSelector");
        return new Selection(
                Kind.of(path),
                parameter(path, "labelSelector"),
                field == null ? null : field.substring("metadata.name=".length()));
    }

    /** A parameter of a query; null if it is not there. */
    static @Nullable String parameter(String path, String name) {
        int query = path.indexOf('?');
        for (String each : path.substring(query + 1).split("&", -1)) {
            if (each.startsWith(name + "=")) {
                return URLDecoder.decode(each.substring(name.length() + 1), UTF_8);
            }
        }
        return null;
    }

    /** A bookmark, as a watch has it now and then. */
    String bookmark() {
        return "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Bookmark\",\"metadata\":{\"resourceVersion\":\"" + version
                + "\"},\"spec\":{}}}";
    }

    /** The label of a pool. */
    static String poolOf(Stored object) {
        return object.labels().getOrDefault(LedgerNames.POOL_LABEL, "");
    }
}
