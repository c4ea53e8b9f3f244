package kit.orchestration.k8s;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * A pod's ledger: one Lease, in its newest version that the watch has told of, and the pod that it belongs to. A pod without
 * a Lease has one too, without slots. Written on the {@link Loop} alone, read by any thread.
 */
final class Ledger {

    /** A slot whose text is another; null where there is none. */
    record Change(
            int slot, @Nullable String before, @Nullable String after) {}

    private volatile LeaseView lease;
    /** The Lease's state when it was open last: what holds a slot was claimed then. Null if it never was. */
    private volatile LedgerState.@Nullable Open boot;
    /** Null while the watch has not told of the pod. */
    private volatile @Nullable PodView pod;
    /** When it was seen that the Lease was renewed, by our own clock: others' clocks may differ. */
    private volatile long renewedNanos;

    private volatile boolean over;

    /**
     * A ledger.
     *
     * @param lease its first version
     * @param now the time of day, which tells how long ago that was renewed: whoever did so may be gone long since. By how much
     *     that is wrong if clocks differ does no harm, since a rank refuses nobody
     */
    Ledger(LeaseView lease, Instant now) {
        this.lease = lease;
        this.boot = openState(lease);
        this.renewedNanos = System.nanoTime() - lease.sinceRenewed(now).toNanos();
    }

    /** The Lease is gone, or another one. */
    void ends() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    LeaseView lease() {
        return lease;
    }

    LedgerState.@Nullable Open boot() {
        return boot;
    }

    @Nullable
    PodView pod() {
        return pod;
    }

    /** It belongs to this pod, of which this is the newest state. */
    void belongsTo(@Nullable PodView newPod) {
        pod = newPod;
    }

    /** Whether this version of a Lease goes on with this ledger, as far as the slots go. */
    boolean isContinuedBy(LeaseView newer) {
        if (!newer.uid().equals(lease.uid())
                || newer.slots().size() != lease.slots().size()) {
            return false;
        }
        // A count that was lowered, by whatever hand, begins a new story: versions of slots only grow.
        for (int slot = 0; slot < newer.slots().size(); slot++) {
            long version = Texts.version(newer.slot(slot));
            if (version >= 0 && version < Texts.version(lease.slot(slot))) {
                return false;
            }
        }
        return true;
    }

    /** A newer version; gives what is different in its slots. */
    List<Change> seen(LeaseView newer) {
        LeaseView older = lease;
        if (!Objects.equals(newer.renewed(), older.renewed()) || !Objects.equals(newer.holder(), older.holder())) {
            renewedNanos = System.nanoTime();
        }
        lease = newer;
        LedgerState.Open open = openState(newer);
        if (open != null) {
            boot = open;
        }
        return changes(older.slots(), newer.slots());
    }

    /** The slots of its first version. */
    List<Change> first() {
        return changes(List.of(), lease.slots());
    }

    /** The slots of its last version. */
    List<Change> last() {
        return changes(lease.slots(), List.of());
    }

    /** Who fills the pod: 0 this allocator, 1 nobody, 2 another that has claimed here not long ago. */
    int rank(String identity, long forNanos) {
        String holder = lease.holder();
        if (identity.equals(holder)) {
            return 0;
        }
        return holder == null || holder.isEmpty() || System.nanoTime() - renewedNanos > forNanos ? 1 : 2;
    }

    private static LedgerState.@Nullable Open openState(LeaseView lease) {
        return lease.ledgerState() instanceof LedgerState.Open open ? open : null;
    }

    private static List<Change> changes(List<@Nullable String> older, List<@Nullable String> newer) {
        List<Change> changes = new ArrayList<>();
        for (int slot = 0; slot < Math.max(older.size(), newer.size()); slot++) {
            String before = slot < older.size() ? older.get(slot) : null;
            String after = slot < newer.size() ? newer.get(slot) : null;
            if (!Objects.equals(before, after)) {
                changes.add(new Change(slot, before, after));
            }
        }
        return changes;
    }

    @Override
    public String toString() {
        return "Ledger[" + lease.name() + "]";
    }
}
