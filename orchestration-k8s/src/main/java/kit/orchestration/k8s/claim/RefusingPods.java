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
import org.jspecify.annotations.Nullable;

/**
 * Pods whose Leases take no claims from a server that takes others: a policy or a webhook denies it, or the Lease was
 * made such that no change of it is valid. Which claim was refused for what it brings with it, and which for its pod,
 * tells what becomes of it elsewhere: if another pod's Lease takes it, and another claim of other contents, or one that
 * brings nothing with it, it was the pod. That takes no sessions for a while then, and is tried again after it, until
 * one of its claims is written. On the loop.
 */
final class RefusingPods {

    /** Between the tries. */
    private static final Backoff FIRST = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /**
     * What a pod has answered last.
     *
     * @param pause its next
     * @param known whether it is the pod
     * @param taken what a claim brought with it that it refused, and another took; null if there was none
     */
    private record Refusal(
            ApiException error,
            Backoff pause,
            boolean known,
            @Nullable Map<String, String> taken) {}

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
            refusals.put(pod, new Refusal(error, FIRST, false, before == null ? null : before.taken));
        } else {
            rests(pod, before, error);
        }
    }

    /** A claim that was refused there was taken by another pod. */
    void wasTakenElsewhere(KnownPod pod, Map<String, String> annotations) {
        Refusal before = refusals.get(pod);
        if (before == null) {
            return;
        }
        boolean another = before.taken != null && !before.taken.equals(annotations);
        if (before.known || another || annotations.isEmpty()) {
            rests(pod, before, before.error);
        } else {
            refusals.put(pod, new Refusal(before.error, before.pause, false, annotations));
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

    private void rests(KnownPod pod, Refusal before, ApiException error) {
        if (pod.state() == PodState.READY) { // else it does already, or is nothing for anybody anyway
            Backoff pause = before.pause;
            refusals.put(pod, new Refusal(error, pause.longer(), true, before.taken));
            view.takesNoClaims(pod, error.problem());
            context.loop().after(pause.pause(context.random()), () -> view.takesNoClaims(pod, null));
        }
    }
}
