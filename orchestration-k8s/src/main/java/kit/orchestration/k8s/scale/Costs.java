package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which pods a ReplicaSet is to take away first, where the scaler has the right to say so. Whether it has is found out
 * by the first try. Confined to the loop.
 */
final class Costs {

    private static final Logger log = LoggerFactory.getLogger(Costs.class);
    private static final Duration AGAIN = Duration.ofMinutes(5);
    private static final int FORBIDDEN = 403;

    private final ScaleCalls calls;
    private final Loop loop;
    /** The uids of those that cost less than others. */
    private final Set<String> cheap = new HashSet<>();

    private boolean refused;
    private long refusedNanos;

    Costs(ScaleCalls calls, Loop loop) {
        this.calls = calls;
        this.loop = loop;
    }

    /** Whether the right is there, as far as is known; a refusal of long ago counts no more. */
    boolean mayBeSaid() {
        return !refused || loop.nanoTime() - refusedNanos > AGAIN.toNanos();
    }

    /** Whether this pod was said to cost less, and nothing else since. */
    boolean isCheap(Sighting pod) {
        return cheap.contains(pod.uid());
    }

    /** Has it cost less than others, or as much. Fails if the server does, not if it refuses. */
    CompletableFuture<?> say(Sighting pod, boolean isCheap) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        loop.whenDone(calls.cheap(pod.sight().name(), pod.uid(), isCheap), (done, failure) -> {
            ApiException error = failure == null ? null : ApiException.of(failure);
            if (error == null) {
                refused = false;
                if (isCheap) {
                    cheap.add(pod.uid());
                } else {
                    cheap.remove(pod.uid());
                }
                result.complete(true);
            } else if (error.kind() == Kind.FORBIDDEN && error.code() == FORBIDDEN) { // a token may be renewed
                refuse(error);
                result.complete(false);
            } else {
                result.completeExceptionally(error);
            }
        });
        return result;
    }

    /** Forgets all. */
    void forget() {
        cheap.clear();
    }

    /** Forgets those that are gone. */
    void keep(Set<String> uids) {
        cheap.retainAll(uids);
    }

    private void refuse(ApiException error) {
        refusedNanos = loop.nanoTime();
        if (!refused) {
            refused = true;
            log.warn(
                    "idle pods can't be told apart from those that drain, so none is taken away until all of them are"
                            + " idle: {}{}",
                    error.problem(),
                    Trouble.wayOut(error));
        }
    }
}
