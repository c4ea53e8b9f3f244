package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Limits;
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
 * <p>It is the pod, if it refuses claims that bring nothing with them, or what another pod takes. It takes no sessions
 * for a while then, and is tried again after it, until a claim is written there; each time that it refuses one that
 * brings nothing then it takes none for longer. Where none such has confirmed it for a while that is forgotten: all
 * else may be the requests' own fault. On the loop.
 */
final class RefusingPods {

    /** How long a pod is picked last: not all at once are tried again that have refused the same call. */
    private static final Backoff DOUBT = new Backoff(Duration.ofMinutes(1), Duration.ofMinutes(1));

    /** So many claims that bring nothing with them tell that it is the pod: one may have met a moment's trouble. */
    private static final int PLAIN = 2;

    /** Of a pod that is known to refuse so many others tell nothing, and are too many all the same. */
    private static final int MANY = 16;

    /** Between the tries. */
    private static final Backoff FIRST = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** What a pod has answered since a claim was written there last. */
    private static final class Refusals {
        ApiException latest;
        /** When it is not picked last any more, by the loop's time. */
        long lastUntil;
        /** When it has refused one last that brought nothing with it, or the first, by the loop's time. */
        long confirmed;
        /** How many claims it has refused. */
        int count;
        /** How many of those brought nothing with them that could be at fault. */
        int plain;
        /** How many since it took none last, but for those that all others refuse, too. */
        int sinceRest;
        /** Its next. */
        Backoff pause = FIRST;
        /** Whether it is the pod. */
        boolean known;
        /** What a claim brought with it that it refused, and another took; null if there was none. */
        @Nullable
        Map<String, String> taken;

        Refusals(ApiException first, long time) {
            this.latest = first;
            this.confirmed = time;
        }
    }

    private final ClusterContext context;
    private final ClusterView view;
    private final Map<KnownPod, Refusals> refusals = new HashMap<>();

    RefusingPods(ClusterContext context, ClusterView view) {
        this.context = context;
        this.view = view;
    }

    /** A claim alone was refused there. */
    void refused(KnownPod pod, ApiException error, AllocateReq request) {
        boolean plain = brought(request).isEmpty();
        long time = context.loop().nanoTime();
        refusals.computeIfPresent(
                pod, (same, known) -> time - known.confirmed > DOUBT.last().toNanos() ? null : known);
        Refusals now = refusals.computeIfAbsent(pod, first -> new Refusals(error, time));
        now.latest = error;
        now.lastUntil = time + DOUBT.pause(context.random()).toNanos();
        now.confirmed = plain ? time : now.confirmed;
        now.count++;
        now.plain += plain ? 1 : 0;
        now.sinceRest++;
        if (now.known ? plain || now.sinceRest >= MANY : now.plain >= PLAIN) {
            rests(pod, now);
        }
    }

    /** What a request brings with it into a Lease that a policy may be against. */
    static Map<String, String> brought(AllocateReq request) {
        if (request.claimTtl().equals(Limits.DEFAULT_CLAIM_TTL)) {
            return request.annotations();
        }
        Map<String, String> brought = new HashMap<>(request.annotations());
        brought.put(Limits.RESERVED_PREFIX + "claimTtl", request.claimTtl().toString());
        return brought;
    }

    /** What it has refused last all others refuse, too: that does not count. */
    void forgive(KnownPod pod) {
        Refusals now = refusals.get(pod);
        if (now != null) {
            now.lastUntil = context.loop().nanoTime();
            now.sinceRest = Math.max(0, now.sinceRest - 1);
        }
    }

    /** Whether it is picked after all others. */
    boolean isLast(KnownPod pod) {
        Refusals now = refusals.get(pod);
        return now != null && context.loop().nanoTime() - now.lastUntil < 0;
    }

    /** How many claims its Lease has refused since it took one. */
    int count(KnownPod pod) {
        Refusals now = refusals.get(pod);
        return now == null ? 0 : now.count;
    }

    /**
     * A claim that was refused there was taken by another pod. Of one that is known to refuse it tells nothing new: who
     * was refused long ago may be served only now, and it may have been mended since.
     */
    void wasTakenElsewhere(KnownPod pod, Map<String, String> brought) {
        Refusals now = refusals.get(pod);
        if (now == null || now.known) {
            return;
        }
        if (brought.isEmpty() || (now.taken != null && !now.taken.equals(brought))) {
            rests(pod, now);
        } else {
            now.taken = brought;
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

    private void rests(KnownPod pod, Refusals now) {
        if (pod.state() == PodState.READY) { // else it does already, or is nothing for anybody anyway
            Duration pause = now.pause.pause(context.random());
            now.pause = now.pause.longer();
            now.known = true;
            now.sinceRest = 0;
            view.takesNoClaims(pod, now.latest.problem());
            context.loop().after(pause, () -> view.takesNoClaims(pod, null));
        }
    }
}
