package kit.orchestration.agones.standin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerJson;
import org.jspecify.annotations.Nullable;

/** A sidecar's REST gateway, on a loopback port. */
final class Gateway implements AutoCloseable {

    private static final String LISTS = "/v1beta1/lists/";
    private static final String ADD = ":addValue";
    private static final String REMOVE = ":removeValue";
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int FAILED = 500;

    private final HttpServer server;
    private final Sidecar sidecar;
    private final String namespace;
    private final boolean wrongCodes;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    Gateway(int port, Sidecar sidecar, String namespace, boolean wrongCodes, Executor executor) throws IOException {
        this.sidecar = sidecar;
        this.namespace = namespace;
        this.wrongCodes = wrongCodes;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Cuts every watch, as a network does. */
    void cutWatches() {
        watches.forEach(watch -> sidecar.tell(watch::end));
    }

    @Override
    public void close() {
        cutWatches();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/watch/gameserver")) {
            watch(exchange);
            return;
        }
        try {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            if (path.equals("/health") && body.isEmpty()) {
                respond(exchange, BAD_REQUEST, ""); // the call is a stream of pings, and this is none
                return;
            }
            Map<String, Object> json = body.isBlank() ? Map.of() : LedgerJson.read(body);
            String answer = serve(exchange.getRequestMethod() + " " + path, json);
            if (answer == null) {
                respond(exchange, NOT_FOUND, "{\"code\":5,\"message\":\"Not Found\",\"details\":[]}");
            } else {
                respond(exchange, OK, answer);
            }
        } catch (SdkException e) {
            boolean wrong = wrongCodes && e.kind() != SdkException.Kind.INVALID;
            respond(exchange, wrong ? FAILED : e.kind().http, Json.error(e, wrong));
        } catch (LedgerFormatException | NumberFormatException e) {
            respond(exchange, BAD_REQUEST, "{\"code\":3,\"message\":\"the body must be JSON\"}");
        }
    }

    private @Nullable String serve(String call, Map<String, Object> json) throws SdkException {
        switch (call) {
            case "GET /gameserver" -> {
                return Json.gameServer(sidecar.gameServer(), namespace);
            }
            case "POST /ready" -> sidecar.state(Controller.REQUEST_READY);
            case "POST /allocate" -> sidecar.state(GameServer.ALLOCATED);
            case "POST /shutdown" -> sidecar.state(GameServer.SHUTDOWN);
            case "POST /reserve" -> sidecar.reserve(Duration.ofSeconds(Long.parseLong(text(json, "seconds"))));
            case "POST /health" -> {} // pings count only where a kubelet probes the sidecar, and there is none
            case "PUT /metadata/label" -> sidecar.label(text(json, "key"), text(json, "value"));
            case "PUT /metadata/annotation" -> sidecar.annotation(text(json, "key"), text(json, "value"));
            default -> {
                return serveList(call, text(json, "value"));
            }
        }
        return "{}";
    }

    private @Nullable String serveList(String call, String value) throws SdkException {
        String name = call.substring(call.indexOf(' ') + 1);
        if (!name.startsWith(LISTS)) {
            return null;
        }
        name = name.substring(LISTS.length());
        if (call.startsWith("GET ")) {
            return Json.list(name, sidecar.withPending(name));
        }
        if (name.endsWith(ADD)) {
            name = name.substring(0, name.length() - ADD.length());
            sidecar.addValue(name, value);
        } else if (name.endsWith(REMOVE)) {
            name = name.substring(0, name.length() - REMOVE.length());
            sidecar.removeValue(name, value);
        } else {
            return null;
        }
        return Json.list(name, sidecar.withPending(name));
    }

    private void watch(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(OK, 0);
        Watch watch = new Watch(exchange);
        watches.add(watch);
        sidecar.watch(watch);
    }

    /**
     * Somebody who watches. On the sidecar's thread alone: the JDK's streams write a line twice if they are closed
     * while they write it.
     */
    private final class Watch implements Consumer<GameServer> {

        private final HttpExchange exchange;

        Watch(HttpExchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void accept(GameServer news) {
            try {
                exchange.getResponseBody().write((Json.event(news, namespace) + "\n").getBytes(UTF_8));
                exchange.getResponseBody().flush();
            } catch (IOException e) {
                end(); // whoever watched has gone
            }
        }

        void end() {
            watches.remove(this);
            sidecar.unwatch(this);
            exchange.close();
        }
    }

    private static void respond(HttpExchange exchange, int code, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length); // 0 would be a stream
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String text(Map<String, Object> json, String field) {
        Object value = json.get(field);
        return value == null ? "" : value.toString();
    }
}
