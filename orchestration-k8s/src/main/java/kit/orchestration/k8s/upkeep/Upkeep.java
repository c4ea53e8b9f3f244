package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Loop;

/**
 * Deletes Leases whose pods are gone, opens those of pods that can't, and says of which pods nobody makes one. Confined to the
 * loop.
 */
public final class Upkeep {

    /** How long a pod may be ready, by the kubelet, before its SDK has made its Lease. */
    private static final Duration BOOT = Duration.ofSeconds(15);

    private static final String NO_SDK =
            "it is ready, and no SDK in it has made its lease: embed orchestration-sdk, or annotate the pod "
                    + LedgerNames.SDK_ANNOTATION + ": " + LedgerNames.SDK_NONE;

    private final Loop loop;
    private final ClusterView view;
    private final Sweeper sweeper;
    private final SdklessPods sdkless;
    /** Uids of pods that are given their time. */
    private final Set<String> booting = new HashSet<>();

    /** Of an allocator that sees this. */
    public Upkeep(Context context, ClusterView view) {
        this.loop = context.loop();
        this.view = view;
        this.sweeper = new Sweeper(context, view::isOrphan, view::hasPod);
        this.sdkless = new SdklessPods(context, view);
    }

    /** There is a Lease, and its pod is not in the view. */
    public void orphaned(Lease lease) {
        sweeper.suspect(lease);
    }

    /** There is a pod, and it has no Lease. */
    public void lacksLease(PodView pod) {
        sweeper.isAwaited(pod.leaseName());
        sdkless.open(pod);
        if (pod.hasSdk() && pod.ready() && booting.add(pod.uid())) {
            loop.after(BOOT, () -> {
                booting.remove(pod.uid());
                view.leaseIsLacking(pod, NO_SDK);
            });
        }
    }
}
