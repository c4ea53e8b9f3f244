package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Loop;

/** Pods that the kubelet finds ready, and in which no SDK makes a Lease: that is said once they had time for it. On the loop. */
final class SilentPods {

    /** How long a pod may be ready, by the kubelet, before its SDK has made its Lease. */
    private static final Duration BOOT = Duration.ofSeconds(15);

    private static final String NO_SDK =
            "it is ready, and no SDK in it has made its lease: embed orchestration-sdk, or annotate the pod "
                    + LedgerNames.SDK_ANNOTATION + ": " + LedgerNames.SDK_NONE;

    private final Loop loop;
    private final ClusterView view;
    /** Uids of pods that are given their time. */
    private final Set<String> awaited = new HashSet<>();

    SilentPods(Loop loop, ClusterView view) {
        this.loop = loop;
        this.view = view;
    }

    /** The pod has no Lease now. */
    void await(PodView pod) {
        if (pod.hasSdk() && pod.ready() && awaited.add(pod.uid())) {
            loop.after(BOOT, () -> {
                awaited.remove(pod.uid());
                view.leaseIsLacking(pod, NO_SDK);
            });
        }
    }
}
