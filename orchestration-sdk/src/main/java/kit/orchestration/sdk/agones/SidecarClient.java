package kit.orchestration.sdk.agones;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Transport.Ask;
import kit.orchestration.sdk.platform.JdkTransport;

/**
 * The calls to Agones' sidecar, by its REST gateway. None blocks, and each has a deadline; a failed future holds a
 * {@link SidecarException}. That a change succeeds means it is queued: the sidecar writes it 500 ms later. Safe for any
 * thread.
 */
final class SidecarClient {

    private static final String NOTHING = "{}";
    private static final String WATCH = "/watch/gameserver";

    private final Transport http;
    private final String base;
    private final Duration timeout;

    /** The time-out is each call's, and a watch's until its answer begins. */
    SidecarClient(int port, Duration timeout) {
        this.base = "http://localhost:" + port;
        this.timeout = timeout;
        this.http = new JdkTransport(URI.create(base), timeout, null, () -> "");
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

    /** The counter says that from then on. */
    CompletableFuture<Void> setCount(String counter, long count) {
        return change("PATCH", "/v1beta1/counters/" + counter, LedgerJson.write(Map.of("count", Long.toString(count))));
    }

    /** The list as it will be once the removals that are queued are written. */
    CompletableFuture<AgonesList> list(String list) {
        return get(listPath(list), Sighting::listing);
    }

    CompletableFuture<Sighting> gameServer() {
        return get("/gameserver", Sighting::of);
    }

    /** Tells lines that {@link #event} reads, on any thread: the GameServer as it is, and then as it changes. */
    Transport.Stream watch(Transport.Listener listener) {
        return http.lines(Ask.get(WATCH, timeout), listener);
    }

    /** What the watch is called, for messages. */
    String watchName() {
        return "GET " + base + WATCH;
    }

    /** What a line of the watch says. */
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
        return send(new Ask(method, path, Ask.JSON, body, Ask.JSON, timeout)).thenApply(answer -> null);
    }

    private static String listPath(String list) {
        return "/v1beta1/lists/" + list;
    }

    private <T> CompletableFuture<T> get(String path, Function<Map<String, Object>, T> reader) {
        return send(Ask.get(path, timeout)).thenApply(body -> {
            try {
                return reader.apply(LedgerJson.read(body));
            } catch (LedgerFormatException e) {
                throw new CompletionException(new SidecarException(
                        SidecarException.Kind.NO_SIDECAR,
                        "GET " + base + path + " was answered with something else: " + e.getMessage()
                                + ". Is it Agones' sidecar that listens there?",
                        e));
            }
        });
    }

    /** The body of a good answer; anything else is a {@link SidecarException}. */
    private CompletableFuture<String> send(Ask ask) {
        String call = ask.method() + " " + base + ask.path();
        return http.send(ask).handle((answer, failure) -> {
            if (failure != null) {
                throw new CompletionException(SidecarException.failed(call, failure));
            }
            if (!answer.isGood()) {
                throw new CompletionException(SidecarException.answered(call, answer));
            }
            return answer.body();
        });
    }
}
