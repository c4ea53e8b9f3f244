package kit.orchestration.k8s.scale;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import kit.orchestration.k8s.scale.ScaleCalls.Scale;
import kit.orchestration.k8s.scale.ScalePolicy.Plan;
import kit.orchestration.k8s.scale.Sightings.Sighting;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what was decided. Every write tests what it assumes, so that it fails if somebody was faster. Confined to
 * the scaler's loop; what it gives is done anywhere.
 */
final class PlanWrites {

    private final String pool;
    private final String mark;
    private final ScaleCalls calls;
    private final LeaseApi leases;
    private final ClusterView view;
    private final Loop viewLoop;
    private final Costs costs;
    private final PodWrites pods;
    private final BooleanSupplier leads;

    /**
     * Of a pool.
     *
     * @param mark what a pod's Lease is to say that is to drain
     * @param viewLoop the view's
     * @param leads whether this scaler acts still
     */
    PlanWrites(
            String pool,
            String mark,
            ScaleCalls calls,
            LeaseApi leases,
            ClusterView view,
            Loop viewLoop,
            Costs costs,
            PodWrites pods,
            BooleanSupplier leads) {
        this.pool = pool;
        this.mark = mark;
        this.calls = calls;
        this.leases = leases;
        this.view = view;
        this.viewLoop = viewLoop;
        this.costs = costs;
        this.pods = pods;
        this.leads = leads;
    }

    /** Done when all of it is over. Fails if the number could not be written; what is about single pods is tried on. */
    CompletableFuture<?> write(Plan plan, List<Sighting> seen, ScaleTarget target, Scale scale) {
        Set<String> unmark = new HashSet<>(plan.unmark());
        List<CompletableFuture<?>> writes = new ArrayList<>();
        writes.add(number(target, scale, plan, seen));
        for (Sighting pod : seen) {
            String name = pod.sight().name();
            Supplier<CompletableFuture<?>> write = null;
            if (plan.mark().contains(name)) {
                write = () -> mark(pod, null, mark);
            } else if (plan.cheap().contains(name)) {
                write = () -> costs.say(name, pod.uid(), true);
            } else if (plan.dear().contains(name)) { // before it takes sessions again
                write = () -> costs.say(name, pod.uid(), false).thenCompose(done -> unmark(pod, unmark));
            } else if (unmark.contains(name)) {
                write = () -> unmark(pod, unmark);
            }
            if (write != null) {
                writes.add(pods.write(name, write));
            }
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<?> number(ScaleTarget target, Scale scale, Plan plan, List<Sighting> seen) {
        int replicas = plan.replicas();
        if (replicas == scale.replicas()) {
            return CompletableFuture.completedFuture(null);
        }
        return replicas > scale.replicas()
                ? calls.write(target, scale, replicas)
                : areAsSeen(seen)
                        .thenCompose(areThey -> areThey && leads.getAsBoolean()
                                ? costs.letGo(letGo(plan, seen), () -> calls.write(target, scale, replicas))
                                : CompletableFuture.completedFuture(null));
    }

    private static List<String> letGo(Plan plan, List<Sighting> seen) {
        return seen.stream()
                .filter(pod -> plan.letGo().contains(pod.sight().name()))
                .map(Sighting::uid)
                .toList();
    }

    /** Whether the pods are as they were seen: what was taken for idle may be another pod by now, that plays. */
    private CompletableFuture<Boolean> areAsSeen(List<Sighting> seen) {
        return calls.list(calls.pods(), pool)
                .thenCombineAsync(
                        calls.list(calls.leases(), pool),
                        (listed, ledgers) -> {
                            boolean areThey = Sightings.areAsListed(seen, listed, ledgers, view::hasPod);
                            if (!areThey) { // the view's watches may be late by a moment
                                view.expect(ScaleCalls.newest(listed), ScaleCalls.newest(ledgers));
                            }
                            return areThey;
                        },
                        viewLoop);
    }

    private CompletableFuture<?> unmark(Sighting pod, Set<String> unmark) {
        Lease lease = pod.lease();
        return lease != null && unmark.contains(pod.sight().name())
                ? mark(pod, lease.drainText(), null)
                : CompletableFuture.completedFuture(null);
    }

    /** If the mark is as it was seen, so that nobody else's is written over. */
    private CompletableFuture<?> mark(Sighting pod, @Nullable String from, @Nullable String to) {
        Lease lease = pod.lease();
        if (lease == null || Objects.equals(from, to)) {
            return CompletableFuture.completedFuture(null);
        }
        LeasePatch patch = LeasePatch.of(lease).change(LedgerNames.DRAIN, from, to);
        return leases.patchAndRead(lease.name(), patch)
                .thenAccept(now -> viewLoop.offer(() -> view.read(pod.known(), now)));
    }
}
