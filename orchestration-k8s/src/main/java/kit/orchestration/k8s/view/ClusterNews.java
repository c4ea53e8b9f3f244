package kit.orchestration.k8s.view;

import java.util.Collection;
import kit.orchestration.ledger.lease.Lease;

/** Hears what a {@link ClusterView} sees, pool by pool, and what it finds lacking. On the loop. */
public interface ClusterNews {

    /** The pool of that name, which has a pod, or the Lease of one, and so is known from now on. */
    PoolNews known(String name);

    /** The pool of that name, whose sessions a Lease may name; that alone does not make it known. */
    PoolNews named(String name);

    /** All pools. */
    Collection<? extends PoolNews> all();

    /** Pods and Leases are listed for the first time. */
    void listed();

    /** There is a Lease, and its pod is not in the view. */
    void orphaned(Lease lease);

    /** There is a pod, and it has no Lease. */
    void lacksLease(PodFacts pod);
}
