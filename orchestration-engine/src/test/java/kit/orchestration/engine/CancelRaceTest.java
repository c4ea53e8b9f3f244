package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocatorListener;
import kit.orchestration.engine.matching.Candidates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rule 10: a call that is cancelled while it is being completed never leaks its slot. */
class CancelRaceTest {

    private static final int ROUNDS = 50_000;

    private final ExecutorService writer = Executors.newSingleThreadExecutor();
    private final ExecutorService delivery = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        writer.shutdownNow();
        delivery.shutdownNow();
    }

    @Test
    void afterManyRoundsAllSlotsAreFree() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Ledger ledger = new Ledger(writer::execute, () -> Ledger.Fate.APPLIED);
        ManualTime time = new ManualTime();
        Pool<Ledger.Row> pool = TestPool.of(TestPool.GROUPS, time, ledger);
        pool.listed();
        ledger.open(pool);
        Ledger.Row row = ledger.add("pod", 16, Map.of());
        AllocatorEngine engine = new TestAllocator(pool, time.timing(), delivery, AllocatorListener.NONE).engine;
        AtomicInteger given = new AtomicInteger();
        for (int round = 0; round < ROUNDS; round++) {
            CompletableFuture<Allocation> result = engine.allocateAsync(AllocateReq.of("duel"));
            result.thenAccept(allocation -> {
                given.incrementAndGet();
                ledger.free(allocation.sessionId());
            });
            for (int spins = random.nextInt(1_000); spins > 0; spins--) {
                Thread.onSpinWait();
            }
            result.cancel(false);
        }

        await("seed " + seed).untilAsserted(() -> {
            assertThat(ledger.held()).isZero();
            assertThat(Candidates.freeSlots(row.seen().candidate()))
                    .as("seed %d", seed)
                    .isEqualTo(16);
            assertThat(pool.status(Optional.empty()).waiting()).isZero();
        });
        assertThat(time.timers()).isZero();
        assertThat(given).as("seed %d", seed).hasValueBetween(1, ROUNDS - 1);
    }
}
