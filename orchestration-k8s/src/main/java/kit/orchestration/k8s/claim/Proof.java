package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.jspecify.annotations.Nullable;

/**
 * That a pool which looks full is full. What the watches tell is not enough: where the API server takes no writes the
 * pods can't write what has ended, a watch may be silent, and this process may have stood still. So before anybody is
 * refused a Lease is read, then something is written into it, and its own event waited for: a server that takes that
 * takes the pods' writes, too, and a watch that tells it has told all that they had written before, in whatever Lease.
 * What a pod writes at that moment has the time of the read. That costs a few small calls a second at most for each
 * pool, and only while somebody waits for room.
 */
final class Proof {

    /** For how long it holds. */
    private static final Duration VALID = Duration.ofMillis(250);

    /** How long a new watch may take to stand after the list. */
    private static final Duration DOUBT = Duration.ofSeconds(1);

    private final ClusterContext context;
    private final Supplier<@Nullable KnownPod> anyPod;
    private final ClusterView view;
    private final Consumer<ApiException> refused;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile long takenNanos;
    /** Whether the view was in doubt then: by a list it is told what the watch did not tell. On the loop. */
    private boolean doubted;

    /**
     * Of a pool.
     *
     * @param anyPod one of its pods that look full, null if there is none; called on the loop
     * @param refused told if we may not patch
     */
    Proof(
            ClusterContext context,
            Supplier<@Nullable KnownPod> anyPod,
            ClusterView view,
            Consumer<ApiException> refused) {
        this.context = context;
        this.anyPod = anyPod;
        this.view = view;
        this.refused = refused;
        this.takenNanos = context.loop().nanoTime() - VALID.toNanos();
    }

    /** Whether it holds now. Any thread. */
    boolean holds() {
        return context.loop().nanoTime() - takenNanos < VALID.toNanos();
    }

    /** Takes it, and then does what waited for it; where that fails it is to be taken again. Any thread. */
    void take(Runnable then) {
        if (!asked.getAndSet(true)) {
            context.loop().execute(() -> ask(then));
        }
    }

    private void ask(Runnable then) {
        KnownPod pod = anyPod.get();
        Lease lease = pod == null ? null : pod.lease();
        if (pod == null || lease == null) {
            taken(then); // nothing here is full
            return;
        }
        context.loop().whenDone(context.api().get(lease.name()), (now, failure) -> {
            if (failure != null) {
                failed(ApiException.of(failure));
            } else if (now.isEmpty() || !now.get().uid().equals(lease.uid())) {
                view.leaseIsMissing(pod, lease); // which proves nothing of others
                ask(then);
            } else {
                view.read(pod, now.get());
                write(pod, now.get(), then);
            }
        });
    }

    private void write(KnownPod pod, Lease lease, Runnable then) {
        String word = Long.toHexString(context.random().nextLong());
        context.loop()
                .whenDone(
                        context.api().patch(lease.name(), LeasePatch.of(lease).set(LedgerNames.PROOF, word)),
                        (version, failure) -> {
                            if (failure == null) {
                                view.expect(pod, lease, version, () -> taken(then));
                            } else {
                                failed(ApiException.of(failure));
                            }
                        });
    }

    private void taken(Runnable then) {
        asked.set(false);
        takenNanos = context.loop().nanoTime();
        doubted = view.doubt().isPresent();
        then.run();
    }

    /** If it was taken in doubt, it holds from now on. On the loop. */
    void doubtIsOver() {
        long now = context.loop().nanoTime();
        if (doubted && now - takenNanos < DOUBT.toNanos()) {
            takenNanos = now;
        }
        doubted = false;
    }

    private void failed(ApiException error) {
        asked.set(false);
        if (error.kind() == Kind.FORBIDDEN) {
            refused.accept(error);
        }
    }
}
