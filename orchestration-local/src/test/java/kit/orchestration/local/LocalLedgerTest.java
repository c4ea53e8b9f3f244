package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A claim that was computed before something changed is lost: every write tests what it assumes. */
class LocalLedgerTest {

    private final LocalAllocator allocator = LocalAllocator.create();
    private final LocalPod pod = new LocalPod("127.0.0.1:7001", 1);
    private final GameServer server;
    private final PodRecord record;
    private final LocalLedger ledger;
    private final LocalPool claimant;
    private final Reservation<PodRecord> computedBefore;

    LocalLedgerTest() {
        allocator.addPod("duel", pod);
        server = GameServer.builder().platform(pod.platform()).start();
        server.ready();
        record = Objects.requireNonNull(pod.record());
        ledger = Objects.requireNonNull(pod.record()).ledger;
        claimant = new LocalPool(ledger, settings(), new PlannedFailures());
        computedBefore = reserve();
    }

    @AfterEach
    void close() {
        server.close();
        allocator.close();
    }

    private static Pool.Settings settings() {
        return new Pool.Settings(
                "duel",
                new Pool.Rules(Placement.PACKED, GroupLimit.NONE, 10, 0),
                new SessionIds(new Random(1)),
                System::nanoTime);
    }

    /** What an allocator has reserved, and not written yet. */
    private Reservation<PodRecord> reserve() {
        List<Reservation<PodRecord>> reserved = new ArrayList<>();
        Pool<PodRecord> pool = new Pool<>(settings(), new Committer<>() {
            @Override
            public void commit(PodRecord handle, List<Reservation<PodRecord>> batch) {
                reserved.addAll(batch);
            }

            @Override
            public @Nullable CompletionStage<@Nullable Claim> existing(Call call) {
                return null;
            }

            @Override
            public void giveBack(Claim claim) {}
        });
        pool.listed();
        Pod<PodRecord> seen = pool.pod(record.name, record, record.versions());
        pool.update(seen, 1, PodState.READY, Map.of());
        pool.place(new Call(AllocateReq.of("duel"), null, pool, 0, 0));
        return reserved.get(0);
    }

    private @Nullable Claim write() {
        return ledger.claim(record, computedBefore, claimant).claim();
    }

    @Test
    void itLandsIfNothingHasChanged() {
        assertThat(write()).isNotNull();
    }

    @Test
    void itIsLostOnceThePodDrains() {
        server.drain();
        assertThat(write()).isNull();
    }

    @Test
    void itIsLostOnceThePodIsNotReady() {
        server.unready();
        assertThat(write()).isNull();
    }

    @Test
    void itIsLostOnceThePodIsRemoved() {
        allocator.removePod("duel", pod);
        assertThat(write()).isNull();
    }

    @Test
    void itIsLostOnceTheSlotIsHeldAndAlsoWhenItIsFreeAgain() throws Exception {
        var other = allocator.allocate(AllocateReq.of("duel"));
        assertThat(write()).isNull();
        allocator.release(other);
        assertThat(ledger.held()).isEmpty();
        assertThat(write()).isNull();
    }

    @Test
    void aSlotThatIsFreeIsFoundThoughNobodyWasToldOfItYet() throws Exception {
        Session session =
                server.start(allocator.allocate(AllocateReq.of("duel")).token());
        CountDownLatch freed = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        ledger.held().get(0).expiry.complete(new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) { // the first of what follows from the end
                freed.countDown();
                await(goesOn);
                return true;
            }
        });
        CompletableFuture<Void> end = CompletableFuture.runAsync(session::close);
        freed.await();

        assertThat(allocator.allocate(AllocateReq.of("duel"))).isNotNull();
        goesOn.countDown();
        assertThat(end).succeedsWithin(Duration.ofSeconds(10));
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel"))).isInstanceOf(NoCapacityException.class);
    }

    @Test
    void aPodThatIsReadyIsFoundThoughNotAllWereToldOfItYet() throws Exception {
        AllocateReq patient =
                AllocateReq.builder("late").maxWait(Duration.ofMinutes(1)).build();
        LocalPod late = new LocalPod("127.0.0.1:7002", 3);
        CountDownLatch oneIsTold = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        AtomicReference<LocalAllocator> told = new AtomicReference<>();
        try (LocalAllocator one =
                        LocalAllocator.builder().executor(Runnable::run).build();
                LocalAllocator another = one.peer()) {
            one.addPod("late", late);
            try (GameServer game =
                    GameServer.builder().platform(late.platform()).start()) {
                List<CompletableFuture<Void>> waiters = Stream.of(one, another)
                        .map(each -> each.allocateAsync(patient).thenAccept(served -> {
                            if (told.compareAndSet(null, each)) {
                                oneIsTold.countDown();
                                await(goesOn);
                            }
                        }))
                        .toList();
                CompletableFuture<Void> ready = CompletableFuture.runAsync(game::ready);
                oneIsTold.await();

                LocalAllocator notTold = told.get() == one ? another : one;
                assertThat(notTold.allocate(AllocateReq.of("late"))).isNotNull();
                goesOn.countDown();
                assertThat(ready).succeedsWithin(Duration.ofSeconds(10));
                assertThat(waiters).allSatisfy(waiter -> assertThat(waiter).succeedsWithin(Duration.ofSeconds(10)));
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
