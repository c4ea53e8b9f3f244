package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.NoCapacityException;

/**
 * Callers and players: a call now and again, and a player for each session, who stays as long as the dice say. No more
 * of them than fit: on a machine that is too slow for the pace it is the pace that suffers, and a refusal is false.
 */
final class Load implements AutoCloseable {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LAST = Duration.ofMinutes(2);

    private final Allocator allocator;
    private final String pool;
    private final Duration longest;
    private final Duration between;
    private final Semaphore room;
    private final ExecutorService players = Executors.newCachedThreadPool();
    private final CountDownLatch over = new CountDownLatch(1);
    private final CompletableFuture<Void> calls;
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Queue<String> cut = new ConcurrentLinkedQueue<>();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();

    /**
     * Begins at once.
     *
     * @param most sessions at a time
     * @param between from one call to the next, if there is room
     * @param longest how long a session lasts at most; a second at least
     */
    Load(Allocator allocator, String pool, int most, Duration between, Duration longest) {
        this.allocator = allocator;
        this.pool = pool;
        this.between = between;
        this.longest = longest;
        room = new Semaphore(most);
        calls = CompletableFuture.runAsync(this::call);
    }

    /** Sessions that are played now. */
    int running() {
        return running.get();
    }

    /** No more calls; waits for the sessions' ends. */
    Outcome end() throws InterruptedException {
        over.countDown();
        try {
            calls.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the load was broken off", e);
        }
        players.shutdown();
        assertThat(players.awaitTermination(longest.plus(LAST).toSeconds(), TimeUnit.SECONDS))
                .as("all sessions have ended")
                .isTrue();
        return new Outcome(sessions.get(), new ArrayList<>(cut), new ArrayList<>(lost), new ArrayList<>(refused));
    }

    @Override
    public void close() {
        over.countDown();
        players.shutdownNow();
    }

    private void call() {
        Random random = new Random(1);
        try {
            while (!over.await(between.toMillis(), TimeUnit.MILLISECONDS)) {
                Duration length = Duration.ofMillis(random.nextLong(SHORTEST.toMillis(), longest.toMillis()));
                if (room.tryAcquire(between.toMillis(), TimeUnit.MILLISECONDS)) {
                    players.execute(() -> session(length));
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the load was broken off", e);
        }
    }

    private void session(Duration length) {
        Instant called = now();
        try {
            Allocation allocation = allocator.allocate(AllocateReq.builder(pool).build());
            sessions.incrementAndGet();
            running.incrementAndGet();
            try {
                play(allocation, length);
            } finally {
                running.decrementAndGet();
            }
        } catch (NoCapacityException e) {
            refused.add("%s: called at %s: %s".formatted(now(), called, e.getMessage()));
        } catch (AllocationException e) {
            lost.add("%s: called at %s: %s".formatted(now(), called, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            room.release();
        }
    }

    private void play(Allocation allocation, Duration length) throws InterruptedException {
        String session =
                "session %s on %s, allocated at %s".formatted(allocation.sessionId(), allocation.podName(), now());
        try (Player player = Player.enter(allocation)) {
            String wrong = player.play(length);
            if (wrong != null) {
                cut.add("%s: %s, %s".formatted(now(), session, wrong));
            }
        } catch (IOException e) {
            lost.add("%s: %s: %s".formatted(now(), session, e));
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
