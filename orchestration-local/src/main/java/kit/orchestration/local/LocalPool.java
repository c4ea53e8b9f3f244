package kit.orchestration.local;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import org.jspecify.annotations.Nullable;

/** A pool as one allocator sees it: the engine's pool, committing to the ledger. */
final class LocalPool implements Committer<PodRecord> {

    private final LocalLedger ledger;
    private final PlannedFailures failures;
    private final Pool<PodRecord> engine;
    /** The number of the last proof that has begun, and of the last that has ended. */
    private final AtomicLong begun = new AtomicLong();

    private final AtomicLong proven = new AtomicLong();

    LocalPool(LocalLedger ledger, Pool.Settings settings, PlannedFailures failures) {
        this.ledger = ledger;
        this.failures = failures;
        this.engine = new Pool<>(settings, this);
    }

    Pool<PodRecord> engine() {
        return engine;
    }

    LocalLedger ledger() {
        return ledger;
    }

    @Override
    public void commit(PodRecord record, List<Reservation<PodRecord>> batch) {
        batch.forEach(reservation -> commit(record, reservation));
    }

    @Override
    public @Nullable CompletionStage<@Nullable Claim> existing(Call call) {
        Claim claim = ledger.existing(call.request()).claim();
        return claim == null ? null : CompletableFuture.completedStage(claim);
    }

    @Override
    public long nextProof() {
        return begun.get() + 1;
    }

    @Override
    public long proven() {
        return proven.get();
    }

    /** The ledger is changed under its lock and its news told after it: somebody may be about to tell of room. */
    @Override
    public void prove(long number) {
        if (begun.compareAndSet(number - 1, number)) { // else whoever has begun it ends it
            ledger.tellAll(this);
            proven.accumulateAndGet(number, Math::max);
            engine.look();
        }
    }

    @Override
    public String wayOut(AllocateReq request, PodCounts pods) {
        return pods.notReady() == 0
                ? ""
                : "a pod takes sessions once the game server on its platform() has called gameServer.ready()";
    }

    @Override
    public void giveBack(Claim claim) {
        ledger.giveBack(claim.sessionId());
    }

    private void commit(PodRecord record, Reservation<PodRecord> reservation) {
        LocalFailure failure = failures.nextOfClaim();
        try {
            LocalLedger.Outcome outcome = failure == null || failure == LocalFailure.CLAIM_ANSWER_LOST
                    ? ledger.claim(record, reservation, this)
                    : LocalLedger.LOST;
            if (failure != null) {
                fail(record, reservation, failure, outcome.claim());
            } else if (outcome.claim() == null) {
                reservation.lost();
            } else if (outcome.twin()) {
                reservation.twin(outcome.claim());
            } else {
                reservation.applied(outcome.claim());
            }
        } catch (RequestConflictException conflict) {
            reservation.failed(conflict);
        }
    }

    private void fail(
            PodRecord record, Reservation<PodRecord> reservation, LocalFailure failure, @Nullable Claim unheard) {
        BackendException error = PlannedFailures.error(failure, ledger.pool(), reservation.request());
        if (unheard != null) {
            ledger.forgetShare(unheard.sessionId());
        }
        engine.slotSeen(reservation.pod(), reservation.slot(), ledger.version(record, reservation.slot()));
        reservation.failed(error);
    }
}
