package kit.orchestration.agones.standin.replay;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;

/** What a game server would ask its sidecar for, by the REST gateway. There is none: the replay asks in its place. */
final class Pod {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int POLL_MILLIS = 20;
    private static final int OK = 200;

    private final HttpClient http;
    private final int port;
    private final String list;

    Pod(HttpClient http, int port, String list) {
        this.http = http;
        this.port = port;
        this.list = list;
    }

    /** A GameServer as its sidecar tells it. */
    record GameServer(String state, Map<String, Object> labels, Map<String, Object> annotations, Values values) {}

    /** A list. */
    record Values(int capacity, List<String> values) {}

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET().build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(request(path).POST(body(body)).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> put(String path, Map<String, String> body) throws IOException, InterruptedException {
        return send(request(path).PUT(body(LedgerJson.write(body))).build(), BodyHandlers.ofString());
    }

    /** Adds a value to the list, or removes it. */
    HttpResponse<String> list(String verb, String value) throws IOException, InterruptedException {
        return post("/v1beta1/lists/" + list + ":" + verb, LedgerJson.write(Map.of("value", value)));
    }

    Watch watch() throws IOException, InterruptedException {
        // Without a time-out: a watch is silent for as long as nothing happens.
        HttpRequest request = HttpRequest.newBuilder(uri("/watch/gameserver")).build();
        return new Watch(send(request, BodyHandlers.ofInputStream()).body());
    }

    /** As the sidecar knows it, which is a little late. */
    GameServer gameServer() throws IOException, InterruptedException {
        Map<String, Object> json = read(get("/gameserver"));
        Map<String, Object> meta = object(json, "object_meta");
        Map<String, Object> status = object(json, "status");
        return new GameServer(
                String.valueOf(status.get("state")),
                object(meta, "labels"),
                object(meta, "annotations"),
                values(object(object(status, "lists"), list)));
    }

    /** The list with what the sidecar has been asked for and has not written yet. */
    Values values() throws IOException, InterruptedException {
        return values(read(get("/v1beta1/lists/" + list)));
    }

    /** Waits until the sidecar knows it so; whether it did within the time. */
    boolean becomes(Predicate<GameServer> condition, Duration within) throws IOException, InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        while (!condition.test(gameServer())) {
            if (System.nanoTime() > end) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    /** Waits until the sidecar knows it so: what an observation needs before it begins. */
    void await(String what, Predicate<GameServer> condition) throws IOException, InterruptedException {
        if (!becomes(condition, TIMEOUT)) {
            throw new IllegalStateException(
                    "the sidecar at %s must show %s within %s s".formatted(port, what, TIMEOUT.toSeconds()));
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw new IOException(
                    "the sidecar at %s must answer %s: %s"
                            .formatted(port, request.uri().getPath(), e),
                    e);
        }
    }

    private Map<String, Object> read(HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() != OK) {
            throw new IOException("the sidecar at %s must answer %s with 200, was %s: %s"
                    .formatted(
                            port,
                            answer.uri().getPath(),
                            answer.statusCode(),
                            answer.body().strip()));
        }
        try {
            return LedgerJson.read(answer.body());
        } catch (LedgerFormatException e) {
            throw new IOException(
                    "what listens at %s must be a sidecar's REST gateway: it answers %s with no JSON"
                            .formatted(port, answer.uri().getPath()),
                    e);
        }
    }

    private static Values values(Map<String, Object> json) {
        List<String> values = json.get("values") instanceof List<?> all
                ? all.stream().map(String::valueOf).toList()
                : List.of();
        return new Values(Integer.parseInt(String.valueOf(json.getOrDefault("capacity", "0"))), values);
    }

    @SuppressWarnings("unchecked") // the keys of what LedgerJson reads are texts
    private static Map<String, Object> object(Map<String, Object> json, String field) {
        return json.get(field) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static BodyPublisher body(String text) {
        return text.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(text);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(TIMEOUT);
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }
}
