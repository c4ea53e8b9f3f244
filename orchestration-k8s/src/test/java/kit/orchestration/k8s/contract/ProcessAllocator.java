package kit.orchestration.k8s.contract;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.PoolStatus;
import org.jspecify.annotations.Nullable;

/** An allocator in an {@link AllocatorProcess}. When the process is gone, its calls fail as after a close. */
final class ProcessAllocator implements Allocator {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final AllocatorProcess process;
    private final Runnable onClose;
    private final AtomicBoolean over = new AtomicBoolean();

    private ProcessAllocator(AllocatorProcess process, Runnable onClose) {
        this.process = process;
        this.onClose = onClose;
    }

    /**
     * Opens one in the process, with the arguments that {@link AllocatorMain} wants.
     *
     * @param onClose run when it is closed, and its process free for another one
     */
    static ProcessAllocator open(AllocatorProcess process, Map<String, Object> arguments, Runnable onClose) {
        ProcessAllocator allocator = new ProcessAllocator(process, onClose);
        allocator.call("open", arguments, "", null);
        return allocator;
    }

    AllocatorProcess process() {
        return process;
    }

    @Override
    public Allocation allocate(AllocateReq req) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        CompletableFuture<Allocation> future = allocateAsync(req);
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException error ? error : new IllegalStateException(e);
        } catch (InterruptedException interrupted) {
            future.cancel(true);
            throw interrupted;
        }
    }

    @Override
    public CompletableFuture<Allocation> allocateAsync(AllocateReq req) {
        if (over.get()) {
            return CompletableFuture.failedFuture(Wire.closed(req.pool(), req));
        }
        long number = process.number();
        CompletableFuture<Allocation> result = new CompletableFuture<>();
        process.ask(number, "allocate", Map.of("request", Wire.request(req))).whenComplete((json, gone) -> {
            if (gone != null) {
                result.completeExceptionally(Wire.closed(req.pool(), req));
            } else if (json.containsKey("error")) {
                result.completeExceptionally(Wire.error(Wire.object(json, "error"), req.pool(), req));
            } else {
                Allocation allocation = Wire.allocation(Wire.object(json, "ok"));
                // A session with a request id may be another try's, too: the allocator leaves it to its time.
                if (!result.complete(allocation) && req.requestId() == null) {
                    giveBack(allocation);
                }
            }
        });
        result.whenComplete((allocation, error) -> {
            if (result.isCancelled() || error instanceof TimeoutException) {
                process.send(process.number(), "cancel", Map.of("call", number));
            }
        });
        return result;
    }

    private void giveBack(Allocation allocation) {
        process.send(
                process.number(), "release", Map.of("pool", allocation.pool(), "sessionId", allocation.sessionId()));
    }

    @Override
    public void release(String pool, String sessionId) {
        callOpen("release", Map.of("pool", pool, "sessionId", sessionId), pool);
    }

    @Override
    public CompletableFuture<Void> releaseAsync(String pool, String sessionId) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        process.ask(process.number(), "release", Map.of("pool", pool, "sessionId", sessionId))
                .whenComplete((json, gone) -> {
                    if (gone != null) {
                        result.completeExceptionally(Wire.closed(pool, null));
                    } else if (json.containsKey("error")) {
                        result.completeExceptionally(Wire.error(Wire.object(json, "error"), pool, null));
                    } else {
                        result.complete(null);
                    }
                });
        return result;
    }

    @Override
    public PoolStatus status(String pool) {
        return Wire.status(callOpen("status", Map.of("pool", pool), pool));
    }

    boolean hasSeen(long pods, long leases) {
        return over.get()
                || (Boolean) call("seen", Map.of("pods", pods, "leases", leases), "", null)
                        .get("seen");
    }

    void advance(Duration duration) {
        if (!over.get()) {
            call("advance", Map.of("nanos", duration.toNanos()), "", null);
        }
    }

    @Override
    public void close() {
        if (!over.getAndSet(true) && process.isAlive()) {
            call("close", Map.of(), "", null);
            onClose.run();
        }
    }

    /** Its process is killed, if it isn't closed. */
    void kill() {
        over.set(true);
        process.kill();
    }

    private Map<String, Object> callOpen(String op, Map<String, Object> arguments, String pool) {
        if (over.get()) {
            throw Wire.closed(pool, null);
        }
        return call(op, arguments, pool, null);
    }

    private Map<String, Object> call(
            String op, Map<String, Object> arguments, String pool, @Nullable AllocateReq request) {
        try {
            Map<String, Object> json = process.ask(process.number(), op, arguments)
                    .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                    .join();
            if (json.containsKey("error")) {
                throw Wire.error(Wire.object(json, "error"), pool, request);
            }
            return Wire.object(json, "ok");
        } catch (CompletionException gone) {
            throw new IllegalStateException("no answer to " + op + " from another process", gone);
        }
    }
}
