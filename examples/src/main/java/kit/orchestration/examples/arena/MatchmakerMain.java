package kit.orchestration.examples.arena;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.KubernetesAllocatorBuilder;

/**
 * The matchmaker of a cluster, in a pod: {@code POST /sessions} gives a session of the pool that {@code ARENA_POOL}
 * names, in the namespace {@code POOLS_NAMESPACE} or else its own, as a line with the address to dial and the token to
 * show; 503 if there is none now, and 502 if the cluster can't be asked. It has seen the pool when {@code GET /ready}
 * says so.
 */
public final class MatchmakerMain {

    private static final int PORT = 8080;
    private static final Duration WAIT = Duration.ofSeconds(5);

    private final Allocator allocator;
    private final String pool;

    private MatchmakerMain(Allocator allocator, String pool) {
        this.allocator = allocator;
        this.pool = pool;
    }

    /** Runs until it is told to end, by SIGTERM. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String pool = Objects.requireNonNull(System.getenv("ARENA_POOL"), "ARENA_POOL is not set: it names the pool");
        KubernetesAllocatorBuilder settings = KubernetesAllocator.builder().pools(pool);
        String namespace = System.getenv("POOLS_NAMESPACE");
        KubernetesAllocator allocator = (namespace == null ? settings : settings.namespace(namespace)).build();
        ExecutorService callers = Executors.newCachedThreadPool();
        HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
        MatchmakerMain matchmaker = new MatchmakerMain(allocator, pool);
        server.createContext("/sessions", matchmaker::session);
        server.createContext("/ready", matchmaker::ready);
        server.setExecutor(callers);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.stop((int) WAIT.toSeconds()); // those who ask get their answer
            callers.shutdown();
            allocator.close();
        }));
        server.start();
        Thread.currentThread().join();
    }

    private void session(HttpExchange exchange) throws IOException {
        try (exchange) { // which is open until each of the answers is given
            if (exchange.getRequestMethod().equals("POST")) {
                allocate(exchange);
            } else {
                answer(exchange, 405, "POST gives a session");
            }
        }
    }

    private void allocate(HttpExchange exchange) throws IOException {
        Allocation allocation;
        try {
            allocation =
                    allocator.allocate(AllocateReq.builder(pool).maxWait(WAIT).build());
        } catch (NoCapacityException e) {
            answer(exchange, 503, e.toString());
            return;
        } catch (AllocationException e) {
            answer(exchange, 502, e.toString());
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer(exchange, 503, "it is about to end");
            return;
        }
        try {
            answer(
                    exchange,
                    200,
                    allocation.podAddress() + " " + allocation.token().encoded());
        } catch (IOException e) {
            allocator.release(allocation); // nobody hears of it
            throw e;
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean ready = allocator.status(pool).viewAge().isPresent();
            answer(exchange, ready ? 200 : 503, ready ? "ready" : "the pool is not listed yet");
        }
    }

    private static void answer(HttpExchange exchange, int status, String line) throws IOException {
        byte[] body = (line + "\n").getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
