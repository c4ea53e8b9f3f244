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
 * made such that no change of it is valid. From its first refusal on, until a claim is written there or a while
 * has passed, a pod is picked after all others, whoever's fault it was.
 *
 * <p>Which claim was refused for what it brings with it, and which for its pod, tells what becomes of it elsewhere: if
 * another pod's Lease takes it, and another claim of other contents, or one that brings nothing with it, it was the
 * pod. That takes no sessions for a while then, and is tried again after it, until one of its claims is written; each
 * time that it refuses then it takes none for longer. On the loop.
 */
final class RefusingPods {

    /** How long a pod is picked last: not all at once are tried again that have refused the same call. */
    private static final Backoff DOUBT = new Backoff(Duration.ofMinutes(1), Duration.ofMinutes(1));

    /** So many claims in a row that bring nothing with them. */
    private static final int BEYOND_DOUBT = 2;

    /** Between the tries. */
    private static final Backoff FIRST = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /**
     * What a pod has answered last.
     *
     * @param lastUntil when it is not picked last any more, by the loop's time
     * @param inARow how many claims in a row
     * @param plain how many of those brought nothing with them that could be at fault
     * @param pause its next
     * @param known whether it is the pod
     * @param taken what a claim brought with it that it refused, and another took; null if there was none
     */
    private record Refusal(
            ApiException error,
            long lastUntil,
            int inARow,
            int plain,
            Backoff pause,
            boolean known,
            @Nullable Map<String, String> taken) {

        Refusal again(Refusal latest) {
            return new Refusal(latest.error, latest.lastUntil, inARow + 1, plain + latest.plain, pause, known, taken);
        }

        Refusal taken(Map<String, String> annotations) {
            return new Refusal(error, lastUntil, inARow, plain, pause, known, annotations);
        }

        Refusal lastUntil(long nanos) {
            return new Refusal(error, nanos, inARow, plain, pause, known, taken);
        }

        Refusal rested() {
            return new Refusal(error, lastUntil, inARow, plain, pause.longer(), true, taken);
        }
    }

    private final ClusterContext context;
    private final ClusterView view;
    private final Map<KnownPod, Refusal> refusals = new HashMap<>();

    RefusingPods(ClusterContext context, ClusterView view) {
        this.context = context;
        this.view = view;
    }

    /** A claim alone was refused there. */
    void refused(KnownPod pod, ApiException error, Map<String, String> annotations) {
        long lastUntil =
                context.loop().nanoTime() + DOUBT.pause(context.random()).toNanos();
        Refusal refusal = refusals.merge(
                pod,
                new Refusal(error, lastUntil, 1, annotations.isEmpty() ? 1 : 0, FIRST, false, null),
                Refusal::again);
        if (refusal.known) {
            rests(pod, refusal);
        }
    }

    /** What it has refused last all others refuse, too: it is picked last no more, unless it is known to refuse. */
    void forgive(KnownPod pod) {
        long now = context.loop().nanoTime();
        refusals.computeIfPresent(
                pod, (same, refusal) -> refusal.known || refusal.plain > 0 ? refusal : refusal.lastUntil(now));
    }

    /** Whether it is picked after all others. */
    boolean isLast(KnownPod pod) {
        Refusal now = refusals.get(pod);
        return now != null && context.loop().nanoTime() - now.lastUntil < 0;
    }

    /** Whether it refuses claims that bring nothing with them, one after the other: it would any. */
    boolean isBeyondDoubt(KnownPod pod) {
        Refusal now = refusals.get(pod);
        return now != null && now.plain >= BEYOND_DOUBT;
    }

    /** How many claims in a row its Lease has refused. */
    int inARow(KnownPod pod) {
        Refusal now = refusals.get(pod);
        return now == null ? 0 : now.inARow;
    }

    /**
     * A claim that was refused there was taken by another pod. Of one that is known to refuse it tells nothing new: who
     * was refused long ago may be served only now, and it may have been mended since.
     */
    void wasTakenElsewhere(KnownPod pod, Map<String, String> annotations) {
        Refusal before = refusals.get(pod);
        if (before == null || before.known) {
            return;
        }
        if (annotations.isEmpty() || (before.taken != null && !before.taken.equals(annotations))) {
            rests(pod, before);
        } else {
            refusals.put(pod, before.taken(annotations));
        }
    }

    /** A claim was written there. Whether any was refused before. */
    boolean takes(KnownPod pod) {
        return refusals.remove(pod) != null;
    }

    void left(KnownPod pod) {
        refusals.remove(pod);
    }

    /** Whether it remembers none. */
    boolean isEmpty() {
        return refusals.isEmpty();
    }

    private void rests(KnownPod pod, Refusal refusal) {
        if (pod.state() == PodState.READY) { // else it does already, or is nothing for anybody anyway
            refusals.put(pod, refusal.rested());
            view.takesNoClaims(pod, refusal.error.problem());
            context.loop().after(refusal.pause.pause(context.random()), () -> view.takesNoClaims(pod, null));
        }
    }
}
