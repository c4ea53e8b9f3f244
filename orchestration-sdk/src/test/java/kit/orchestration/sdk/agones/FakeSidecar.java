package kit.orchestration.sdk.agones;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerJson;

/**
 * The sidecar's REST gateway, as far as it goes over the wire: a GameServer in memory. What the pod asks for is written
 * at once, or while it is held by {@link #flush} only; what an allocator would write is a method here. One lock for
 * everything.
 */
final class FakeSidecar implements AutoCloseable {

    /** An answer that was ordered instead of the true one. */
    private record Scripted(String path, int code, String body) {}

    final Map<String, String> labels = new LinkedHashMap<>(Map.of(AgonesNames.FLEET_LABEL, "duel"));
    final Map<String, String> annotations = new LinkedHashMap<>();
    final Set<String> values = new LinkedHashSet<>();
    final Set<String> notes = new LinkedHashSet<>();
    /** Method, path and body of each call but watches and heartbeats. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    final List<String> heartbeats = new CopyOnWriteArrayList<>();

    String list = "sessions";
    /** The counter "sessions", as JSON; empty if there is none. */
    String counters = "";

    String capacity = "4";
    /** Of the list of notes; 0 if there is none. */
    int noteCapacity = AgonesNames.MAX_CAPACITY;

    String state = "Scheduled";
    String address = "10.0.0.9";
    String health = "{\"period_seconds\":5}";
    boolean deleted;
    boolean hold;
    boolean mute;
    boolean hang;
    /** Whether its versions are no numbers, as without Agones. */
    boolean local;
    /** What happens after a watch's first event, and before the watch is told of changes. */
    Runnable inTheGap = () -> {};

    /** What happens once the next read has been answered, and before the answer is sent. */
    Runnable whileRead = () -> {};

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<HttpExchange> watches = new ArrayList<>();
    private final List<HttpExchange> hung = new ArrayList<>();
    private final Queue<Scripted> script = new ArrayDeque<>();
    private final List<Runnable> queued = new ArrayList<>();
    /** Values whose removal is not written yet. */
    private final Set<String> going = new HashSet<>();

    private long version = 100;

    FakeSidecar() {
        this(0);
    }

    /** A sidecar on a port that is known already. */
    FakeSidecar(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Somebody writes to the GameServer. */
    synchronized void write(Runnable change) {
        change.run();
        version++;
        if (!mute) {
            tell();
        }
    }

    /** An allocator adds a value, and makes it Allocated. */
    void allocate(String value) {
        write(() -> {
            values.add(value);
            state = "Allocated";
        });
    }

    /** What the pod has asked for is written. */
    synchronized void flush() {
        List<Runnable> changes = List.copyOf(queued);
        queued.clear();
        going.clear();
        if (!changes.isEmpty()) {
            write(() -> changes.forEach(Runnable::run));
        }
    }

    /** What the pod has asked for is forgotten, as when the sidecar's process dies. */
    synchronized void forget() {
        queued.clear();
        going.clear();
    }

    /** The next call whose path ends so is answered so. */
    synchronized void answer(String path, int code, String body) {
        script.add(new Scripted(path, code, body));
    }

    /** Cuts every watch; or ends it in order. */
    synchronized void cutWatches(boolean inOrder) {
        for (HttpExchange watch : watches) {
            try {
                if (inOrder) {
                    watch.getResponseBody().close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            watch.close();
        }
        watches.clear();
    }

    /** Sends a line to every watch. */
    synchronized void line(String text) {
        watches.removeIf(watch -> !send(watch, text));
    }

    synchronized int watches() {
        return watches.size();
    }

    synchronized Set<String> valuesNow() {
        return Set.copyOf(values);
    }

    synchronized Set<String> notesNow() {
        return Set.copyOf(notes);
    }

    synchronized String label(String name) {
        return labels.getOrDefault(AgonesNames.SDK_PREFIX + name, "");
    }

    synchronized String annotation(String name) {
        return annotations.getOrDefault(AgonesNames.SDK_PREFIX + name, "");
    }

    /** As Agones does: Unhealthy is final, and whatever is asked for then is answered OK and does nothing. */
    private synchronized void ask(String asked) {
        if (!state.equals("Unhealthy")) {
            state = asked;
        }
    }

    synchronized String stateNow() {
        return state;
    }

    List<String> calls(String containing) {
        return calls.stream().filter(call -> call.contains(containing)).toList();
    }

    @Override
    public void close() {
        cutWatches(false);
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String path = exchange.getRequestURI().getPath();
        synchronized (this) {
            if (path.equals("/health")) {
                heartbeats.add(body);
            } else if (!path.startsWith("/watch")) {
                calls.add(exchange.getRequestMethod() + " " + path + " " + body);
            }
            if (hang) {
                hung.add(exchange);
                return;
            }
            Scripted ordered = script.peek();
            if (ordered != null && path.endsWith(ordered.path()) && isWatch(path) == isWatch(ordered.path())) {
                script.remove();
                respond(exchange, ordered.code(), ordered.body());
                return;
            }
            serve(exchange, path, body);
        }
    }

    private void serve(HttpExchange exchange, String path, String body) throws IOException {
        Map<String, Object> json = body.isEmpty() ? Map.of() : LedgerJson.read(body);
        switch (path) {
            case "/watch/gameserver" -> {
                exchange.sendResponseHeaders(200, 0);
                send(exchange, event());
                inTheGap.run();
                watches.add(exchange);
            }
            case "/gameserver" -> {
                String answer = gameServer();
                Runnable meanwhile = whileRead;
                whileRead = () -> {};
                meanwhile.run();
                respond(exchange, 200, answer);
            }
            case "/health" -> respond(exchange, 200, "{}");
            case "/ready" -> change(exchange, () -> ask("Ready"));
            case "/allocate" -> change(exchange, () -> ask("Allocated"));
            case "/reserve" -> change(exchange, () -> ask("Reserved"));
            case "/shutdown" -> change(exchange, () -> ask("Shutdown"));
            case "/metadata/label" ->
                change(exchange, () -> labels.put(prefixed(json), String.valueOf(json.get("value"))));
            case "/metadata/annotation" ->
                change(exchange, () -> annotations.put(prefixed(json), String.valueOf(json.get("value"))));
            case "/v1beta1/counters/sessions" ->
                change(
                        exchange,
                        () -> counters =
                                "{\"count\":\"%s\",\"capacity\":\"%s\"}".formatted(json.get("count"), capacity));
            default -> serveList(exchange, path, String.valueOf(json.get("value")));
        }
    }

    private void serveList(HttpExchange exchange, String path, String value) throws IOException {
        boolean isNote = path.startsWith("/v1beta1/lists/" + AgonesNames.NOTES);
        String own = "/v1beta1/lists/" + (isNote ? AgonesNames.NOTES : list);
        Set<String> of = isNote ? notes : values;
        if (path.equals(own)) {
            respond(exchange, 200, listText());
        } else if (path.equals(own + ":addValue")) {
            if (of.contains(value) && !going.contains(value)) {
                respond(exchange, 500, "{\"code\":2,\"message\":\"already exists. Value: " + value + "\"}");
            } else {
                going.remove(value);
                change(exchange, () -> of.add(value));
            }
        } else if (!path.equals(own + ":removeValue")) {
            respond(exchange, 500, "{\"code\":2,\"message\":\"list not found: \"}");
        } else if (!of.contains(value) || going.contains(value)) {
            respond(exchange, 500, "{\"code\":2,\"message\":\"not found: value " + value + " not in list\"}");
        } else {
            if (hold) {
                going.add(value);
            }
            change(exchange, () -> of.remove(value));
        }
    }

    private void change(HttpExchange exchange, Runnable change) throws IOException {
        if (hold) {
            queued.add(change);
        } else {
            write(change);
        }
        respond(exchange, 200, "{}");
    }

    private static boolean isWatch(String path) {
        return path.startsWith("/watch");
    }

    private static String prefixed(Map<String, Object> json) {
        return AgonesNames.SDK_PREFIX + json.get("key");
    }

    private static void respond(HttpExchange exchange, int code, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void tell() {
        String event = event();
        watches.removeIf(watch -> !send(watch, event));
    }

    private static boolean send(HttpExchange watch, String text) {
        try {
            watch.getResponseBody().write((text + "\n").getBytes(UTF_8));
            watch.getResponseBody().flush();
            return true;
        } catch (IOException e) {
            return false; // the pod has gone
        }
    }

    synchronized String event() {
        return "{\"result\":" + gameServer() + "}";
    }

    private String listText() {
        return "{\"name\":\"%s\",\"capacity\":\"%s\",\"values\":%s}"
                .formatted(list, capacity, LedgerJson.write(List.copyOf(values)));
    }

    private String notesText() {
        return "{\"name\":\"%s\",\"capacity\":\"%s\",\"values\":%s}"
                .formatted(AgonesNames.NOTES, noteCapacity, LedgerJson.write(List.copyOf(notes)));
    }

    private String gameServer() {
        return """
                {"object_meta":{"name":"duel-abc","namespace":"default","uid":"u-1","resource_version":"%s",\
                "creation_timestamp":"1700000000",%s"annotations":%s,"labels":%s},"spec":{"health":%s},\
                "status":{"state":"%s","address":"%s",\
                "ports":[{"name":"default","port":7001},{"name":"query","port":7002}],\
                "counters":{%s},"lists":{"%s":%s%s}}}""".formatted(
                        local ? "" : version,
                        deleted ? "\"deletion_timestamp\":\"1700000009\"," : "",
                        LedgerJson.write(annotations),
                        LedgerJson.write(labels),
                        health,
                        state,
                        address,
                        counters.isEmpty() ? "" : "\"sessions\":" + counters,
                        list,
                        listText(),
                        noteCapacity == 0 ? "" : ",\"" + AgonesNames.NOTES + "\":" + notesText());
    }
}
