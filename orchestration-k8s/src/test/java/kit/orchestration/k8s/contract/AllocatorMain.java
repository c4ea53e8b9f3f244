package kit.orchestration.k8s.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.KubernetesAllocatorBuilder;
import kit.orchestration.k8s.Seams;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.local.ManualClock;
import org.jspecify.annotations.Nullable;

/**
 * A matchmaker's process: does what it reads from its input, and writes what came of it; {@link ProcessAllocator} asks.
 */
final class AllocatorMain {

    private final PrintStream out;
    private final ExecutorService blocking = Executors.newCachedThreadPool();
    private final Map<Long, CompletableFuture<Allocation>> calls = new ConcurrentHashMap<>();
    private @Nullable KubernetesClient client;
    private @Nullable KubernetesAllocator allocator;
    private @Nullable ManualClock clock;

    private AllocatorMain(PrintStream out) {
        this.out = out;
    }

    /** Runs until its input ends. */
    public static void main(String[] args) throws IOException {
        AllocatorMain main = new AllocatorMain(System.out);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            main.carryOut(LedgerJson.read(line));
        }
        Runtime.getRuntime().halt(0); // whoever asked is gone, or this is no longer wanted
    }

    private void carryOut(Map<String, Object> command) {
        long number = Wire.longNumber(command, "number");
        KubernetesAllocator now = allocator;
        switch (Wire.text(command, "op")) {
            case "open" -> answer(number, () -> open(command));
            case "allocate" -> allocate(number, Wire.request(Wire.object(command, "request")));
            case "cancel" -> {
                CompletableFuture<Allocation> call = calls.remove(Wire.longNumber(command, "call"));
                if (call != null) {
                    call.cancel(true);
                }
            }
            case "release" ->
                blocking.execute(() -> answer(number, () -> {
                    now.release(Wire.text(command, "pool"), Wire.text(command, "sessionId"));
                    return Map.of();
                }));
            case "status" -> answer(number, () -> Wire.status(now.status(Wire.text(command, "pool"))));
            case "seen" ->
                answer(
                        number,
                        () -> Map.of(
                                "seen",
                                Seams.hasSeen(
                                        now, Wire.longNumber(command, "pods"), Wire.longNumber(command, "leases"))));
            case "advance" ->
                answer(number, () -> {
                    clock.advance(Duration.ofNanos(Wire.longNumber(command, "nanos")));
                    return Map.of();
                });
            case "close" -> answer(number, this::close);
            default -> throw new IllegalArgumentException("no such command: " + command);
        }
    }

    private Map<String, Object> open(Map<String, Object> command) {
        client = Cluster.client(
                Wire.text(command, "url"),
                Wire.text(command, "ca"),
                Wire.text(command, "namespace"),
                Wire.text(command, "token"));
        KubernetesAllocatorBuilder builder = KubernetesAllocator.builder()
                .client(client)
                .callTimeout(Duration.parse(Wire.text(command, "callTimeout")));
        if (command.containsKey("clock")) {
            clock = new ManualClock(Instant.parse(Wire.text(command, "clock")));
            Seams.timing(builder, new Timing(clock, clock::nanoTime, clock.scheduler()));
        }
        allocator = builder.build();
        return Map.of();
    }

    private void allocate(long number, AllocateReq req) {
        CompletableFuture<Allocation> call = allocator.allocateAsync(req);
        calls.put(number, call);
        call.whenComplete((allocation, error) -> {
            calls.remove(number);
            if (allocation != null) {
                write(number, "ok", Wire.allocation(allocation));
            } else {
                write(number, "error", Wire.error(error instanceof CompletionException ? error.getCause() : error));
            }
        });
    }

    private Map<String, Object> close() {
        allocator.close();
        client.close();
        calls.clear();
        return Map.of();
    }

    private void answer(long number, Supplier<Map<String, Object>> call) {
        try {
            write(number, "ok", call.get());
        } catch (RuntimeException error) {
            write(number, "error", Wire.error(error));
        }
    }

    private void write(long number, String name, Map<String, Object> what) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("number", number);
        json.put(name, what);
        String line = LedgerJson.write(json);
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }
}
