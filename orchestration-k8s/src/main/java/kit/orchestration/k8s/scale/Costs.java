package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.ledger.lease.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says which pods a ReplicaSet is to take away first, where the scaler has the right to. Whether it has is found out by
 * trying. Safe for any thread; tries that overlap may both be told of in the log.
 */
final class Costs {

    private static final Logger log = LoggerFactory.getLogger(Costs.class);

    /** So long after a refusal it is tried again: the right may have been given. */
    static final Duration AGAIN = Duration.ofMinutes(5);

    private static final int FORBIDDEN = 403;

    private record Said(long version, boolean isCheap) {}

    private final ScaleCalls calls;
    private final LongSupplier nanoTime;
    /** What was said of pods, by uid, and which version that made of each: until it is seen in the view. */
    private final Map<String, Said> said = new ConcurrentHashMap<>();

    /** Pods that a lowering may count on, by uid, where no cost is said. */
    private final Set<String> letGo = ConcurrentHashMap.newKeySet();

    /** Whether a cost was said: then others may have said some, too. */
    private volatile boolean accepted;

    private volatile boolean refused;
    private volatile long refusedNanos;

    /** By that monotonic clock. */
    Costs(ScaleCalls calls, LongSupplier nanoTime) {
        this.calls = calls;
        this.nanoTime = nanoTime;
    }

    /** Whether the right is there, as far as is known; a refusal of long ago counts no more. */
    boolean mayBeSaid() {
        return !refused || nanoTime.getAsLong() - refusedNanos > AGAIN.toNanos();
    }

    /**
     * A pod, and what is known of its going: its cost by the view, if that knows of all that was said here. Where no
     * cost is said, or may be, whether a lowering has counted on an idle one knows the scaler alone that has marked it.
     */
    PoolPod known(Sighting pod, Order order) {
        Said last = said.get(pod.uid());
        boolean isCheap = (last != null && last.version() > pod.version())
                ? last.isCheap()
                : pod.sight().isCheap();
        boolean mayBeLetGo = (order != Order.BY_COST || !accepted)
                && pod.isOthers()
                && pod.sight().is(Phase.IDLE);
        return pod.sight().going(isCheap, mayBeLetGo || letGo.contains(pod.uid()));
    }

    /**
     * Lowers the number, counting on pods of which no cost is said: from now on they may be taken at any time, unless
     * it is known that it was not lowered.
     */
    CompletableFuture<?> letGo(List<String> uids, Supplier<CompletableFuture<?>> lowering) {
        List<String> now = uids.stream().filter(letGo::add).toList();
        return lowering.get().whenComplete((done, failure) -> {
            if (failure != null && ApiException.of(failure).kind() != ApiException.Kind.UNKNOWN) {
                now.forEach(letGo::remove);
            }
        });
    }

    /** Forgets those that are gone. */
    void keep(Set<String> uids) {
        said.keySet().retainAll(uids);
        letGo.retainAll(uids);
    }

    /** Has a pod cost less than others, or as much. Fails if the server does, not if it refuses. */
    CompletableFuture<?> say(String pod, String uid, boolean isCheap) {
        return calls.cheap(pod, uid, isCheap)
                .thenAccept(version -> {
                    refused = false;
                    accepted = true;
                    said.put(uid, new Said(version, isCheap));
                })
                .exceptionallyCompose(failure -> {
                    ApiException error = ApiException.of(failure);
                    if (error.code() != FORBIDDEN) { // 401, too: a token may be renewed
                        return CompletableFuture.failedFuture(error);
                    }
                    refuse(error);
                    return CompletableFuture.completedFuture(null);
                });
    }

    private void refuse(ApiException error) {
        refusedNanos = nanoTime.getAsLong();
        if (!refused) {
            refused = true;
            log.warn(
                    "idle pods can't be told apart from those that drain, so none is taken away until all of them are"
                            + " idle: {}{}",
                    error.problem(),
                    ScaleCalls.wayOut(error));
        }
    }
}
