package kit.orchestration.k8s;

import java.util.Objects;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * A pod and its ledger, joined by the pod's uid, for as long as both are the same: the handle that the engine has of it.
 * Written on the {@link Loop} alone; {@link #pod()} and {@link #ledger()} may be read by any thread.
 */
final class PodLedger {

    private volatile PodView pod;
    private final Ledger ledger;
    /** The engine's; set once, before anybody else sees this. */
    private @Nullable Pod<PodLedger> engine;

    private long revision;

    PodLedger(PodView pod, Ledger ledger) {
        this.pod = pod;
        this.ledger = ledger;
    }

    void joined(Pod<PodLedger> engine) {
        this.engine = engine;
    }

    Pod<PodLedger> engine() {
        return Objects.requireNonNull(engine);
    }

    PodView pod() {
        return pod;
    }

    Ledger ledger() {
        return ledger;
    }

    LeaseView lease() {
        return ledger.lease();
    }

    /** Grows with each call: of the news that the engine is told. */
    long nextRevision() {
        return ++revision;
    }

    boolean isOf(PodView newPod, Ledger newLedger) {
        return pod.uid().equals(newPod.uid()) && pod.pool().equals(newPod.pool()) && ledger == newLedger;
    }

    void seen(PodView newer) {
        pod = newer;
    }

    PodState state() {
        LedgerState state = lease().ledgerState();
        if (pod.leaving() || state instanceof LedgerState.Closed) {
            return PodState.DRAINING;
        }
        return pod.ready() && pod.address() != null && state != null ? PodState.READY : PodState.NOT_READY;
    }

    /** The slots' versions; one that can't be read counts as held, until it can. */
    static long[] versions(LeaseView lease) {
        long[] versions = new long[lease.slots().size()];
        for (int slot = 0; slot < versions.length; slot++) {
            long version = Texts.version(lease.slot(slot));
            versions[slot] = version < 0 ? 1 : version;
        }
        return versions;
    }

    @Override
    public String toString() {
        return "PodLedger[" + pod.name() + "]";
    }
}
