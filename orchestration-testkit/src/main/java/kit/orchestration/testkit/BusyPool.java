package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Limits;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * A full pool in which slots change hands all the time: sessions end, and waiters of {@link #PRIORITY} get their slots,
 * of whom there are more than slots, at every moment. So there is no room for whoever is less urgent.
 */
final class BusyPool implements AutoCloseable {

    /** Of those who wait. */
    static final int PRIORITY = 5;

    private static final int PODS = 3;
    private static final int CAPACITY = 2;
    /**
     * A waiter is put in the place of each that was served before that one's session may end: one more waits at least.
     */
    private static final int WAITERS = PODS * CAPACITY + 1;

    private final World world;
    private final AllocateReq urgent;
    private final BlockingQueue<Session> running = new LinkedBlockingQueue<>();
    private final AtomicInteger turns = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final ExecutorService games = Executors.newFixedThreadPool(2);
    private volatile boolean over;

    BusyPool(World world) throws Exception {
        this.world = world;
        urgent = world.request()
                .priority(PRIORITY)
                .maxWait(Limits.MAX_WAIT)
                .claimTtl(Duration.ofHours(12)) // tests move time
                .build();
        for (int i = 0; i < PODS; i++) {
            world.pod(CAPACITY);
        }
        for (int i = 0; i < PODS * CAPACITY; i++) {
            running.add(world.start(world.within(world.allocator().allocateAsync(urgent))));
        }
        for (int i = 0; i < WAITERS; i++) {
            wait(world.waiter(urgent));
        }
        games.execute(this::endSessions);
    }

    /** How many slots have changed hands. */
    int turns() {
        Throwable wrong = failure.get();
        if (wrong != null) {
            throw new AssertionError("the pool's own sessions went wrong", wrong);
        }
        return turns.get();
    }

    /** Returns when so many more slots have changed hands. */
    void awaitTurns(int more) {
        int then = turns() + more;
        world.eventually(() -> assertThat(turns()).isGreaterThanOrEqualTo(then));
    }

    private void wait(CompletableFuture<Allocation> waiter) {
        waiter.whenCompleteAsync(
                (allocation, error) -> {
                    try {
                        if (allocation != null) {
                            wait(world.allocator().allocateAsync(urgent));
                            running.add(start(allocation));
                            turns.incrementAndGet();
                        } else if (!over) {
                            failure.compareAndSet(null, error);
                        }
                    } catch (Throwable wrong) {
                        if (!over) {
                            failure.compareAndSet(null, wrong);
                        }
                    }
                },
                games);
    }

    /** Tests move time: a question that the pod has asked its backend runs out with it. A player comes again then. */
    private Session start(Allocation allocation) throws InterruptedException {
        while (true) {
            try {
                return world.start(allocation);
            } catch (TokenRefusedException refused) {
                if (refused.reason() != Reason.UNAVAILABLE || over) {
                    throw refused;
                }
            }
        }
    }

    private void endSessions() {
        try {
            Session session = running.poll(1, TimeUnit.MILLISECONDS);
            if (session != null) {
                session.close();
            }
            if (!over) {
                games.execute(this::endSessions);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /** Those who wait are told that the allocator is closed, by whom the test ends. */
    @Override
    public void close() {
        over = true;
        world.allocator().close();
        games.shutdown();
        world.eventually(() -> assertThat(games.isTerminated()).isTrue());
    }
}
