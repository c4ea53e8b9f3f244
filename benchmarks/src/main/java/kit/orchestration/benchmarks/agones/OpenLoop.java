package kit.orchestration.benchmarks.agones;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.benchmarks.Quantiles;

/**
 * Requests with an id of their own, as the README teaches them, so many a second, whatever has become of those before:
 * players don't wait with coming because others are not served yet.
 */
final class OpenLoop {

    /** How long a request waits for room, of which there is enough. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    /** Above this no timer keeps the time, so several are asked for at a tick. */
    private static final int TICKS_PER_SECOND = 100;

    private final Target target;
    private final Room room;
    private final AtomicInteger asked = new AtomicInteger();
    private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<CompletableFuture<?>> underWay = new ConcurrentLinkedQueue<>();

    /**
     * What came of it.
     *
     * @param asked how many requests there were
     * @param succeeded how many had a session in the end
     * @param p99Ms 99 of 100 of those took no longer, in milliseconds; not a number if none had
     */
    record Row(int asked, int succeeded, double p99Ms) {}

    private OpenLoop(Target target, Room room) {
        this.target = target;
        this.room = room;
    }

    /** Runs for a time, and returns when all have their answers and the servers are empty again. */
    static Row run(Target target, int rate, Duration time, Room room, ScheduledExecutorService timer)
            throws InterruptedException {
        OpenLoop loop = new OpenLoop(target, room);
        try (AgonesAllocator allocator = target.allocator()) {
            Future<?> ticks = timer.scheduleAtFixedRate(
                    () -> {
                        for (int i = 0; i < rate / TICKS_PER_SECOND; i++) {
                            loop.ask(allocator);
                        }
                    },
                    0,
                    TimeUnit.SECONDS.toNanos(1) / TICKS_PER_SECOND,
                    TimeUnit.NANOSECONDS);
            Thread.sleep(time.toMillis());
            ticks.cancel(false);
            CompletableFuture.runAsync(() -> {}, timer).join(); // after the last tick
            CompletableFuture<?>[] all = loop.underWay.toArray(new CompletableFuture<?>[0]);
            CompletableFuture.allOf(all).join();
        }
        room.awaitEmpty();
        double p99 = Quantiles.of(loop.latencies, 0.99) / 1e6;
        return new Row(loop.asked.get(), loop.latencies.size(), p99);
    }

    private void ask(AgonesAllocator allocator) {
        asked.incrementAndGet();
        room.asked();
        AllocateReq request = AllocateReq.builder(target.fleet())
                .requestId(UUID.randomUUID().toString())
                .claimTtl(Client.TTL)
                .maxWait(MAX_WAIT)
                .build();
        long start = System.nanoTime();
        underWay.add(allocator.allocateAsync(request).toCompletableFuture().handle((allocation, failure) -> {
            room.claimed(); // or it may have been
            return failure == null && latencies.add(System.nanoTime() - start);
        }));
    }
}
