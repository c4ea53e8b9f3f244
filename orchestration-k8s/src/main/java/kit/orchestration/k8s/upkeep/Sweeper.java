package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the Leases of pods that are gone, where no garbage collector does it, or not soon: a StatefulSet's next pod of the
 * same name waits for that. Before it deletes one, a fresh look at the pod has to say that it is gone, and the delete names
 * the Lease's uid. Several allocators may do it at once; a pause of random length lets most of them come too late. Confined
 * to the loop.
 */
final class Sweeper {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

    private static final int PAUSE_MILLIS = 300;
    private static final Backoff BACKOFF = new Backoff(Duration.ofSeconds(5), Duration.ofSeconds(60));

    private final Context context;
    private final Predicate<Lease> isOrphan;
    /** Uids of Leases that are being looked into. */
    private final Set<String> suspects = new HashSet<>();

    /**
     * A sweeper.
     *
     * @param isOrphan whether the view has a Lease, and not its pod
     */
    Sweeper(Context context, Predicate<Lease> isOrphan) {
        this.context = context;
        this.isOrphan = isOrphan;
    }

    /** The view has a Lease, and not its pod. */
    void suspect(Lease lease) {
        if (lease.podName() != null && suspects.add(lease.uid())) {
            Duration pause = Duration.ofMillis(context.random().nextInt(PAUSE_MILLIS));
            context.loop().after(pause, () -> look(lease, BACKOFF));
        }
    }

    private void look(Lease lease, Backoff backoff) {
        String pod = lease.podName();
        if (pod == null || !isOrphan.test(lease)) {
            suspects.remove(lease.uid());
            return;
        }
        context.pod(pod)
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                again(lease, backoff, failure);
                            } else if (found.map(PodView::uid)
                                    .filter(uid -> uid.equals(lease.podUid()))
                                    .isPresent()) {
                                suspects.remove(lease.uid()); // the view lags, or the pod has left the pool
                            } else {
                                delete(lease, backoff);
                            }
                        },
                        context.loop());
    }

    private void delete(Lease lease, Backoff backoff) {
        long start = System.nanoTime();
        context.api()
                .delete(lease.name(), lease.uid())
                .whenCompleteAsync(
                        (done, failure) -> {
                            context.called(lease.pool(), "sweep", 0, start, failure);
                            ApiException.Kind kind = failure == null
                                    ? null
                                    : ApiException.of(failure).kind();
                            if (kind == null
                                    || kind == ApiException.Kind.NOT_FOUND
                                    || kind == ApiException.Kind.CONFLICT) {
                                suspects.remove(lease.uid());
                                log.debug("lease {} is deleted: its pod is gone", lease.name());
                            } else {
                                again(lease, backoff, failure);
                            }
                        },
                        context.loop());
    }

    private void again(Lease lease, Backoff backoff, Throwable failure) {
        if (backoff.equals(BACKOFF)) {
            log.warn(
                    "lease {} of a pod that is gone can't be deleted, trying again: {}",
                    lease.name(),
                    failure.getMessage());
        }
        context.loop().after(backoff.pause(context.random()), () -> look(lease, backoff.longer()));
    }
}
