package kit.orchestration.sdk.agones;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.platform.Calls;
import kit.orchestration.sdk.platform.LineStream;
import kit.orchestration.sdk.platform.Loop;

/**
 * The calls to Agones' sidecar, by its REST gateway. None blocks, and each has a deadline; a failed future holds a
 * {@link SidecarException}. That a change succeeds means it is queued: the sidecar writes it 500 ms later. Safe for any
 * thread.
 */
final class Sidecar {

    private static final String NOTHING = "{}";

    private final Calls<SidecarException> calls;
    private final String base;

    /**
     * Dials nothing yet.
     *
     * @param port the gateway's, on this host
     * @param timeout of each call; of a watch until its answer begins
     */
    Sidecar(int port, Duration timeout, Loop loop) {
        this.base = "http://localhost:" + port;
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // the gateway speaks no other without TLS
                .connectTimeout(timeout)
                .proxy(HttpClient.Builder.NO_PROXY)
                .build();
        this.calls = new Calls<>(http, timeout, loop, SidecarException.FAILURES);
    }

    /** Where it is, for messages. */
    String address() {
        return base;
    }

    CompletableFuture<Void> ready() {
        return change("POST", "/ready", NOTHING);
    }

    CompletableFuture<Void> allocate() {
        return change("POST", "/allocate", NOTHING);
    }

    CompletableFuture<Void> shutdown() {
        return change("POST", "/shutdown", NOTHING);
    }

    CompletableFuture<Void> health() {
        return change("POST", "/health", NOTHING); // without a body it is answered 400 (cmd/sdk-server/main.go)
    }

    CompletableFuture<Void> reserve(long seconds) {
        return change("POST", "/reserve", LedgerJson.write(Map.of("seconds", Long.toString(seconds))));
    }

    CompletableFuture<Void> setLabel(String name, String value) {
        return change("PUT", "/metadata/label", LedgerJson.write(Map.of("key", name, "value", value)));
    }

    CompletableFuture<Void> setAnnotation(String name, String value) {
        return change("PUT", "/metadata/annotation", LedgerJson.write(Map.of("key", name, "value", value)));
    }

    CompletableFuture<Void> addValue(String list, String value) {
        return change("POST", listPath(list) + ":addValue", LedgerJson.write(Map.of("value", value)));
    }

    CompletableFuture<Void> removeValue(String list, String value) {
        return change("POST", listPath(list) + ":removeValue", LedgerJson.write(Map.of("value", value)));
    }

    /** The list has these values from then on. What is no field of the body, the capacity, is left as it is. */
    CompletableFuture<Void> setValues(String list, List<String> values) {
        return change("PATCH", listPath(list), LedgerJson.write(Map.of("values", values)));
    }

    /** The list as it will be once the removals that are queued are written. */
    CompletableFuture<AgonesList> list(String list) {
        return get(listPath(list), Sighting::listing);
    }

    CompletableFuture<Sighting> gameServer() {
        return get("/gameserver", Sighting::of);
    }

    /**
     * Watches the GameServer: as it is now, and then as it changes.
     *
     * @return the lines, which {@link #event} reads; they come on the HTTP client's threads
     */
    LineStream<SidecarException> watch(LineStream.Listener<SidecarException> listener) {
        return calls.lines(
                "GET " + base + "/watch/gameserver",
                request("/watch/gameserver").GET().build(),
                listener);
    }

    /**
     * What a line of the watch says.
     *
     * @throws LedgerFormatException if it is no event
     */
    static Sighting event(String line) {
        Map<String, Object> json = LedgerJson.read(line);
        if (json.get("result") instanceof Map<?, ?>) {
            @SuppressWarnings("unchecked") // the keys of a JSON object are strings
            Map<String, Object> result = (Map<String, Object>) json.get("result");
            return Sighting.of(result);
        }
        throw new LedgerFormatException("an event must have a result, and the sidecar says " + json.get("error"));
    }

    private CompletableFuture<Void> change(String method, String path, String body) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
        return calls.send(method + " " + base + path, request).thenApply(answer -> null);
    }

    private static String listPath(String list) {
        return "/v1beta1/lists/" + list;
    }

    private <T> CompletableFuture<T> get(String path, Function<Map<String, Object>, T> reader) {
        String call = "GET " + base + path;
        return calls.send(call, request(path).GET().build()).thenApply(body -> {
            try {
                return reader.apply(LedgerJson.read(body));
            } catch (LedgerFormatException e) {
                throw new CompletionException(new SidecarException(
                        SidecarException.Kind.NO_SIDECAR,
                        "%s was answered with something else: %s. Is it Agones' sidecar that listens there?"
                                .formatted(call, e.getMessage()),
                        e));
            }
        });
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .header("Accept", "application/json")
                .header("User-Agent", "orchestration-sdk");
    }
}
