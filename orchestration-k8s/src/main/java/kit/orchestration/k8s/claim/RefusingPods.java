package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;

/**
 * Pods whose Leases take no claims from a server that takes others: a policy or a webhook denies it, or the Lease was
 * made such that no change of it is valid. Which claim was refused for what it brings with it, and which for its pod,
 * tells what becomes of it elsewhere: if another pod's Lease takes it, it was the pod. That takes no sessions for a
 * while then, and is tried again after it, until one of its claims is written. On the loop.
 */
final class RefusingPods {

    /** Between the tries. */
    private static final Backoff FIRST = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** What a pod has answered last, and its next pause; none before it is known to be the pod. */
    private record Refusal(ApiException error, Backoff pause, boolean known) {}

    private final ClusterContext context;
    private final ClusterView view;
    private final Map<KnownPod, Refusal> refusals = new HashMap<>();

    RefusingPods(ClusterContext context, ClusterView view) {
        this.context = context;
        this.view = view;
    }

    /** A claim alone was refused there. */
    void refused(KnownPod pod, ApiException error) {
        Refusal before = refusals.get(pod);
        if (before == null || !before.known) {
            refusals.put(pod, new Refusal(error, FIRST, false));
        } else {
            rests(pod, error, before.pause);
        }
    }

    /** A claim that was refused there was taken by another pod. */
    void wasTakenElsewhere(KnownPod pod) {
        Refusal before = refusals.get(pod);
        if (before != null) {
            rests(pod, before.error, before.pause);
        }
    }

    /** A claim was written there. */
    void takes(KnownPod pod) {
        refusals.remove(pod);
    }

    void left(KnownPod pod) {
        refusals.remove(pod);
    }

    /** Whether it remembers none. */
    boolean isEmpty() {
        return refusals.isEmpty();
    }

    private void rests(KnownPod pod, ApiException error, Backoff pause) {
        if (pod.state() == PodState.READY) { // else it does already, or is nothing for anybody anyway
            refusals.put(pod, new Refusal(error, pause.longer(), true));
            view.takesNoClaims(pod, error.problem());
            context.loop().after(pause.pause(context.random()), () -> view.takesNoClaims(pod, null));
        }
    }
}
