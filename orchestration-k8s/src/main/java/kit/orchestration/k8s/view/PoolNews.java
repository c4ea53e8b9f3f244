package kit.orchestration.k8s.view;

import java.util.List;
import kit.orchestration.ledger.LedgerSlot.Held;
import org.jspecify.annotations.Nullable;

/** Hears what becomes of the pods and sessions of one pool, each thing once. On the loop. */
public interface PoolNews {

    /** What holds a slot is another; null where nothing does. */
    record Change(int slot, @Nullable Held before, @Nullable Held after) {}

    /** A pod is in this pool, or its slots begin a new story. */
    void joined(KnownPod pod);

    /** A pod that has joined: its state, labels, address, slots or keys have changed. */
    void changed(KnownPod pod);

    /** A pod that has joined is not in this pool any more. */
    void left(KnownPod pod);

    /**
     * What holds the slots of a pod has changed, whose sessions are this pool's; the pod may have left it, or not be
     * known yet.
     *
     * @param listing which list of Leases told it, 0 if none: of what one list tells the order is not known
     * @param inTurn whether it is told as it happens, by a watch, of a Lease that was known; what is there when a Lease
     *     is seen first, or again, may have been there for long
     */
    void slots(KnownPod pod, List<Change> changes, int listing, boolean inTurn);

    /** Whether what the view tells is how it is has changed, see {@link ClusterView#doubt}. */
    void doubtChanged();
}
