package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.jspecify.annotations.Nullable;

/**
 * That a pool which looks full is full. What the watches tell is not enough: where the API server takes no writes the pods
 * can't write what has ended, a watch may be silent, and this process may have stood still. So before anybody is refused a
 * Lease is patched with nothing: a server that takes that takes the pods' writes too, and what it answers is news. That costs
 * a few small calls a second at most for each pool, and only while somebody waits for room. One pod is asked, not all: what a
 * watch that stands and is silent hides of the others is found out by its own means.
 */
final class Proof {

    /** For how long it holds. */
    private static final Duration VALID = Duration.ofMillis(250);

    private final Context context;
    private final Supplier<@Nullable KnownPod> anyPod;
    private final Supplier<ClusterView> view;
    private final Consumer<ApiException> refused;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile long takenNanos = System.nanoTime() - VALID.toNanos();

    /**
     * Of a pool.
     *
     * @param anyPod one of its pods that look full, null if there is none; called on the loop
     * @param refused told if we may not patch
     */
    Proof(
            Context context,
            Supplier<@Nullable KnownPod> anyPod,
            Supplier<ClusterView> view,
            Consumer<ApiException> refused) {
        this.context = context;
        this.anyPod = anyPod;
        this.view = view;
        this.refused = refused;
    }

    /** Whether it holds now. Any thread. */
    boolean holds() {
        return System.nanoTime() - takenNanos < VALID.toNanos();
    }

    private void taken() {
        takenNanos = System.nanoTime();
    }

    /** Takes it, and then does what waited for it. Any thread. */
    void take(Runnable then) {
        if (!asked.getAndSet(true)) {
            context.loop().execute(() -> ask(then));
        }
    }

    private void ask(Runnable then) {
        KnownPod pod = anyPod.get();
        Lease lease = pod == null ? null : pod.lease();
        if (pod == null || lease == null) {
            asked.set(false);
            taken(); // nothing here is full
            then.run();
            return;
        }
        context.api()
                .patchAndRead(lease.name(), LeasePatch.of(lease))
                .whenCompleteAsync(
                        (now, failure) -> {
                            asked.set(false);
                            ApiException error = failure == null ? null : ApiException.of(failure);
                            if (error == null) {
                                view.get().read(pod, now);
                            } else if (error.kind() == ApiException.Kind.NOT_FOUND) {
                                view.get().leaseIsMissing(pod, lease);
                            } else if (error.kind() == ApiException.Kind.INVALID) {
                                another(pod, lease);
                                return;
                            } else {
                                if (error.kind() == ApiException.Kind.FORBIDDEN) {
                                    refused.accept(error);
                                }
                                return; // it is taken again while somebody waits
                            }
                            taken();
                            then.run();
                        },
                        context.loop());
    }

    /** It has another uid now, or somebody else refuses the patch: only a look tells. */
    private void another(KnownPod pod, Lease lease) {
        context.api()
                .get(lease.name())
                .whenCompleteAsync(
                        (now, failure) -> {
                            if (failure == null
                                    && (now.isEmpty() || !now.get().uid().equals(lease.uid()))) {
                                view.get().leaseIsMissing(pod, lease);
                            }
                        },
                        context.loop());
    }
}
