package kit.orchestration.sdk.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport;

/** An API server that stores one Lease, as far as a pod asks it: and may be set back to what it had before. */
final class StoredLease implements Transport {

    /** What is stored: null annotations if there is no Lease. */
    record Stored(long version, Map<String, String> annotations) {
        Stored {
            annotations = annotations == null ? null : Map.copyOf(annotations);
        }
    }

    final List<Ask> asks = new ArrayList<>();
    private final List<Listener> watches = new ArrayList<>();
    Stored stored = new Stored(100, null);
    /** Whether watches tell nothing: they wait for a version that the storage will not reach. */
    boolean silent;
    /** Whether reads fail, though lists don't. */
    boolean failReads;
    /** How. */
    int failure = 503;
    /** For how many seconds the server asks to be left alone then. */
    String retryAfter = "";
    /** The Lease's own, from when it is made. */
    String uid = "lease-1";
    /** Whether a Lease may not be made. */
    boolean forbidCreation;
    /** What a 403 says. */
    String forbids = "";
    /** What the next writes are answered instead of being made; or what their sending throws. */
    final Deque<Supplier<CompletableFuture<Answer>>> refusals = new ArrayDeque<>();
    /** How many of the next reads, and watches, fail by a bug of the transport. */
    int brokenReads;

    int brokenWatches;
    /** How many of the next reads are answered that there is no such Lease. */
    int missedReads;
    /** How many of the next lists are empty. */
    int missedLists;
    /** Whether reads are answered only by {@link #releaseReads}, and then as it was when they came. */
    boolean holdReads;
    /** Whether the role has no verb list. */
    boolean forbidLists;
    /** Whether it has no verb watch. */
    boolean forbidWatches;
    /** Whether patches are made, and answered, only by {@link #releasePatches}. */
    boolean holdPatches;

    private final List<Runnable> heldPatches = new ArrayList<>();
    private final List<CompletableFuture<Answer>> unanswered = new ArrayList<>();

    private final List<Runnable> heldReads = new ArrayList<>();

    /** Somebody writes annotations. */
    void write(Map<String, String> annotations) {
        Map<String, String> all = new TreeMap<>(stored.annotations() == null ? Map.of() : stored.annotations());
        all.putAll(annotations);
        store(all);
    }

    /** Somebody takes an annotation away. */
    void remove(String annotation) {
        Map<String, String> others = new TreeMap<>(stored.annotations());
        others.remove(annotation);
        store(others);
    }

    /** Each connection of a watch is cut. */
    void cutWatches() {
        List<Listener> cut = List.copyOf(watches);
        watches.clear();
        cut.forEach(watch -> watch.failed(new IOException("reset")));
    }

    /** A backup is restored: whoever watches waits for what will not come. */
    void setBack(Stored earlier) {
        stored = earlier;
        silent = true;
    }

    /** Somebody deletes the Lease, and the watch tells. */
    void delete() {
        String last = json(stored.version() + 1);
        stored = new Stored(stored.version() + 1, null);
        watches.forEach(watch -> watch.line("{\"type\":\"DELETED\",\"object\":" + last + "}"));
    }

    String text(String annotation) {
        return stored.annotations().get(annotation);
    }

    private void store(Map<String, String> annotations) {
        stored = new Stored(stored.version() + 1, annotations);
        if (!silent) {
            watches.forEach(watch -> watch.line("{\"type\":\"MODIFIED\",\"object\":" + json() + "}"));
        }
    }

    @Override
    public URI server() {
        return URI.create("https://10.96.0.1");
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        asks.add(ask);
        if (!ask.method().equals("GET") && !refusals.isEmpty()) {
            return refusals.remove().get();
        }
        if (ask.method().equals("GET") && !ask.path().contains("?") && missedReads > 0) {
            missedReads--;
            return CompletableFuture.completedFuture(error(404));
        }
        if (ask.method().equals("GET") && brokenReads > 0) {
            brokenReads--;
            throw new AssertionError("a bug of the transport");
        }
        if (holdPatches && ask.method().equals("PATCH")) {
            CompletableFuture<Answer> sent = new CompletableFuture<>();
            unanswered.add(sent);
            heldPatches.add(() -> sent.complete(patched(ask.body())));
            return sent;
        }
        boolean there = stored.annotations() != null;
        Answer answer = switch (ask.method()) {
            case "GET" ->
                ask.path().contains("?")
                        ? forbidLists ? error(403) : ok(list())
                        : failReads ? new Answer(failure, "", retryAfter) : there ? ok(json()) : error(404);
            case "POST" -> forbidCreation ? error(403) : there ? error(409) : created(ask.body());
            default -> patched(ask.body());
        };
        CompletableFuture<Answer> sent = new CompletableFuture<>();
        if (holdReads && ask.method().equals("GET")) {
            heldReads.add(() -> sent.complete(answer));
        } else {
            sent.complete(answer);
        }
        return sent;
    }

    /** The next write is refused: the server is busy, and says for how long. */
    void refuseNext(String retryAfter) {
        refusals.add(() -> CompletableFuture.completedFuture(new Answer(429, "busy", retryAfter)));
    }

    /** How many writes were asked for. */
    long writes() {
        return asks.stream().filter(ask -> !ask.method().equals("GET")).count();
    }

    void releasePatches() {
        holdPatches = false;
        heldPatches.forEach(Runnable::run);
        heldPatches.clear();
    }

    /** The connections of patches that are held are cut: they are made by {@link #releasePatches}, unanswered. */
    void cutPatches() {
        holdPatches = false;
        unanswered.forEach(sent -> sent.completeExceptionally(new IOException("reset")));
    }

    void releaseReads() {
        holdReads = false;
        heldReads.forEach(Runnable::run);
        heldReads.clear();
    }

    private static Answer ok(String body) {
        return new Answer(200, body, "");
    }

    private Answer error(int code) {
        String reason = code == 404 ? "NotFound" : code == 409 ? "AlreadyExists" : "";
        return new Answer(
                code,
                LedgerJson.write(Map.of("kind", "Status", "reason", reason, "message", code == 403 ? forbids : "")),
                "");
    }

    private Answer created(String body) {
        uid = "lease-" + (stored.version() + 1);
        store(annotations((Map<?, ?>) LedgerJson.read(body).get("metadata")));
        return ok(json());
    }

    private Answer patched(String body) {
        if (stored.annotations() == null) {
            return error(404);
        }
        Map<String, String> next = new TreeMap<>(stored.annotations());
        for (Object each : (List<?>) LedgerJson.read("{\"ops\":" + body + "}").get("ops")) {
            Map<?, ?> op = (Map<?, ?>) each;
            String path = (String) op.get("path");
            String name = path.substring(path.lastIndexOf('/') + 1);
            boolean good = switch ((String) op.get("op")) {
                case "test" ->
                    switch (name) {
                        case "uid" -> op.get("value").equals(uid);
                        case "resourceVersion" -> op.get("value").equals(Long.toString(stored.version()));
                        default -> Objects.equals(op.get("value"), next.get(name));
                    };
                case "remove" -> next.remove(name) != null;
                default -> {
                    if (path.startsWith("/metadata/annotations/")) {
                        next.put(name, (String) op.get("value"));
                    }
                    yield true;
                }
            };
            if (!good) {
                return error(422);
            }
        }
        store(next);
        return ok(json());
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        asks.add(ask);
        if (brokenWatches > 0) {
            brokenWatches--;
            throw new AssertionError("a bug of the transport");
        }
        if (forbidWatches) {
            listener.refused(error(403));
            return () -> {};
        }
        silent = false;
        watches.add(listener);
        listener.opened();
        return () -> watches.remove(listener);
    }

    private String list() {
        boolean missed = missedLists > 0 && missedLists-- > 0;
        boolean there = stored.annotations() != null && !missed;
        return "{\"metadata\":{\"resourceVersion\":\"" + stored.version() + "\"},\"items\":[" + (there ? json() : "")
                + "]}";
    }

    private String json() {
        return json(stored.version());
    }

    private String json(long version) {
        return LedgerJson.write(Map.of(
                "metadata",
                Map.of(
                        "name", "orchestration-arena-1",
                        "uid", uid,
                        "resourceVersion", Long.toString(version),
                        "labels", Map.of("orchestration.kit/pool", "duel"),
                        "annotations", stored.annotations(),
                        "ownerReferences", List.of(Map.of("kind", "Pod", "name", "arena-1", "uid", "pod-uid-1")))));
    }

    private static Map<String, String> annotations(Map<?, ?> meta) {
        Map<String, String> texts = new LinkedHashMap<>();
        ((Map<?, ?>) meta.get("annotations")).forEach((key, value) -> texts.put((String) key, (String) value));
        return texts;
    }
}
