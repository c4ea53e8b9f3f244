package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
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
}
