package kit.orchestration.k8s.upkeep;

import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.lease.Lease;

/** Deletes Leases whose pods are gone, and opens those of pods that can't. Confined to the loop. */
public final class Upkeep {

    private final Sweeper sweeper;
    private final SdklessPods sdkless;
    private final SilentPods silent;

    /** Of an allocator that sees this. */
    public Upkeep(Context context, ClusterView view) {
        sweeper = new Sweeper(context, view::isOrphan, view::hasPod);
        sdkless = new SdklessPods(context, view);
        silent = new SilentPods(context.loop(), view);
    }

    /** There is a Lease, and its pod is not in the view. */
    public void orphaned(Lease lease) {
        sweeper.suspect(lease);
    }

    /** There is a pod, and it has no Lease. */
    public void lacksLease(PodView pod) {
        sweeper.isAwaited(pod.leaseName());
        sdkless.open(pod);
        silent.await(pod);
    }
}
