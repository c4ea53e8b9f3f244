package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the Leases of pods that are gone, where no garbage collector does it: that is given a minute or two, unless
 * the next pod of the same name is there and waits, as a StatefulSet's does. Before it deletes one, a fresh look at the
 * pod has to say that it is gone, and the delete names the Lease's uid. Several allocators may do it at once; pauses of
 * random length let most of them come too late. Confined to the loop.
 */
final class Sweeper {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);

    /** What the garbage collector is given, and up to twice as long. */
    static final Duration COLLECTOR = Duration.ofMinutes(1);

    private static final Duration HURRY = Duration.ofMillis(300);
    private static final int AT_ONCE = 2;

    private final ClusterContext context;
    private final Predicate<Lease> isOrphan;
    private final Predicate<String> hasPod;
    private final Errands errands;
    /** Those that are waited for or looked into, by the Lease's name. */
    private final Map<String, Suspect> suspects = new HashMap<>();

    private static final class Suspect {
        final Lease lease;
        boolean hurried;
        boolean looked;

        Suspect(Lease lease) {
            this.lease = lease;
        }
    }

    /**
     * A sweeper.
     *
     * @param isOrphan whether the view has a Lease, and not its pod
     * @param hasPod whether the view has a pod of that name, be it the Lease's or the next
     */
    Sweeper(ClusterContext context, Predicate<Lease> isOrphan, Predicate<String> hasPod) {
        this.context = context;
        this.hasPod = hasPod;
        this.isOrphan = isOrphan;
        this.errands =
                new Errands("deleting the leases of pods that are gone", AT_ONCE, context.loop(), context.random());
    }

    /** The view has a Lease, and not its pod. */
    void suspect(Lease lease) {
        Suspect known = suspects.get(lease.name());
        if (lease.podName() != null && (known == null || !known.lease.uid().equals(lease.uid()))) {
            Suspect suspect = new Suspect(lease);
            suspects.put(lease.name(), suspect);
            after(COLLECTOR, suspect);
            if (hasPod.test(lease.podName())) {
                isAwaited(lease.name());
            }
        }
    }

    /** A pod is there whose Lease is to have this name. */
    void isAwaited(String leaseName) {
        Suspect suspect = suspects.get(leaseName);
        if (suspect != null && !suspect.hurried) {
            suspect.hurried = true;
            after(Duration.ZERO, suspect);
        }
    }

    /** After that time, and up to as much again, or a moment. */
    private void after(Duration time, Suspect suspect) {
        long most = time.isZero() ? HURRY.toNanos() : time.toNanos();
        context.loop().after(time.plusNanos(context.random().nextLong(most)), () -> {
            if (!suspect.looked) {
                suspect.looked = true;
                errands.add(() -> look(suspect.lease), () -> suspects.remove(suspect.lease.name(), suspect));
            }
        });
    }

    private CompletableFuture<?> look(Lease lease) {
        if (!isOrphan.test(lease)) {
            return CompletableFuture.completedFuture(null);
        }
        return context.pod(Objects.requireNonNull(lease.podName()))
                .thenComposeAsync(
                        found -> found.filter(pod -> pod.uid().equals(lease.podUid()))
                                .map(pod -> isThere(pod, lease))
                                .orElseGet(() -> delete(lease)),
                        context.loop());
    }

    /** The view lags, or the pod has left the pool: no view has those that are in none. */
    private static CompletableFuture<Void> isThere(PodFacts pod, Lease lease) {
        if (!pod.labels().containsKey(LedgerNames.POOL_LABEL)) {
            log.warn(
                    "pod {} takes no sessions: it has no label {}, and its lease says pool \"{}\"",
                    pod.name(),
                    LedgerNames.POOL_LABEL,
                    lease.pool());
        }
        return CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<Void> delete(Lease lease) {
        long start = System.nanoTime();
        return context.api().delete(lease.name(), lease.uid()).whenComplete((done, failure) -> {
            context.called(lease.pool(), "sweep", 0, start, failure);
            if (failure == null) {
                log.debug("lease {} is deleted: its pod is gone", lease.name());
            }
        });
    }
}
