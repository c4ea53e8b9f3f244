package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this allocator's public key in the ledgers where its tokens are to be good. A claim of our own brings the key
 * along; the token for a session that was found by its request id needs it too, and a key whose text somebody has
 * changed makes the pod refuse good tokens. Confined to the loop.
 */
public final class LedgerKeys {

    /** Whoever changes the key again and again is not answered more often. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ClusterContext context;
    private final Map<KnownPod, CompletableFuture<Void>> writing = new HashMap<>();
    private final Set<KnownPod> mending = new HashSet<>();

    /** Of an allocator. */
    public LedgerKeys(ClusterContext context) {
        this.context = context;
    }

    /** Done when the ledger holds the key; an {@link ApiException} if it can't be written, or not in time. */
    public CompletableFuture<Void> ensure(KnownPod pod) {
        if (isThere(pod.lease())) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> known = writing.get(pod);
        if (known != null) {
            return known;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        writing.put(pod, done);
        done.whenComplete((end, failure) -> writing.remove(pod));
        write(pod, context.loop().nanoTime() + context.patience().toNanos(), Backoff.FIRST, done);
        return done;
    }

    /** Writes the key again where its text is another. */
    public void mend(KnownPod pod) {
        Lease lease = pod.lease();
        if (lease != null && lease.keys().containsKey(context.kid()) && !isThere(lease) && mending.add(pod)) {
            context.loop().after(PAUSE, () -> {
                mending.remove(pod);
                ensure(pod);
            });
        }
    }

    private void write(KnownPod pod, long deadline, Backoff backoff, CompletableFuture<Void> done) {
        Lease lease = pod.lease();
        if (lease == null || isThere(lease)) {
            done.complete(null); // without a Lease there is no session either
            return;
        }
        LeasePatch patch = LeasePatch.of(lease);
        if (lease.state() != null) {
            // The state names the boot: a process that starts drops all keys that are there.
            patch.testState(String.valueOf(lease.stateText()));
        }
        patch.key(context.kid(), context.key());
        long start = System.nanoTime();
        context.loop().whenDone(context.api().patch(lease.name(), patch), (end, failure) -> {
            context.called(lease.pool(), "key", 1, start, failure);
            if (failure == null) {
                done.complete(null);
                return;
            }
            ApiException error = ApiException.of(failure);
            if (error.kind() == Kind.FORBIDDEN || context.loop().nanoTime() - deadline > 0) {
                done.completeExceptionally(error);
            } else {
                context.loop()
                        .after(
                                backoff.pause(context.random(), error),
                                () -> write(pod, deadline, backoff.longer(), done));
            }
        });
    }

    private boolean isThere(@Nullable Lease lease) {
        return lease != null && context.key().equals(lease.keys().get(context.kid()));
    }
}
