package kit.orchestration.k8s.view;

import kit.orchestration.ledger.lease.Lease;

/** Sees to what the view finds lacking. On the loop. */
public interface Caretaker {

    /** There is a Lease, and its pod is not in the view. */
    void orphaned(Lease lease);

    /** There is a pod, and it has no Lease. */
    void lacksLease(PodView pod);
}
