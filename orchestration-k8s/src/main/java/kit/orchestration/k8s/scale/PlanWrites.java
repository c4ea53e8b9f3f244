package kit.orchestration.k8s.scale;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
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
    private final Loop loop;
    private final ScaleCalls calls;
    private final LeaseApi leases;
    private final ClusterView view;
    private final Loop viewLoop;
    private final Costs costs;
    private final Marking marking;

    /**
     * Of a pool.
     *
     * @param mark what a pod's Lease is to say that is to drain
     * @param loop the scaler's
     * @param viewLoop the view's
     */
    PlanWrites(
            String pool,
            String mark,
            Loop loop,
            ScaleCalls calls,
            LeaseApi leases,
            ClusterView view,
            Loop viewLoop,
            Costs costs,
            Marking marking) {
        this.pool = pool;
        this.mark = mark;
        this.loop = loop;
        this.calls = calls;
        this.leases = leases;
        this.view = view;
        this.viewLoop = viewLoop;
        this.costs = costs;
        this.marking = marking;
    }

    /** What is to cost as much as others first: by then it must not be a pod that goes. */
    CompletableFuture<@Nullable Void> write(Plan plan, Map<String, Sighting> byName, ScaleTarget target, Scale scale) {
        return all(plan.dear(), byName, pod -> costs.say(pod.sight().name(), pod.uid(), false))
                .thenComposeAsync(
                        done -> CompletableFuture.allOf(
                                all(
                                        marking.isPausing() ? List.of() : plan.mark(),
                                        byName,
                                        pod -> marking.watch(pod.sight().name(), mark(pod, null, mark))),
                                all(plan.unmark(), byName, pod -> mark(pod, drainText(pod), null)),
                                all(
                                        plan.cheap(),
                                        byName,
                                        pod -> costs.say(pod.sight().name(), pod.uid(), true)),
                                number(target, scale, plan.replicas())),
                        loop);
    }

    private CompletableFuture<?> number(ScaleTarget target, Scale scale, int replicas) {
        if (replicas == scale.replicas()) {
            return CompletableFuture.completedFuture(null);
        }
        return replicas > scale.replicas()
                ? calls.write(target, scale, replicas)
                : isViewTrue()
                        .thenCompose(isTrue -> isTrue
                                ? calls.write(target, scale, replicas)
                                : CompletableFuture.completedFuture(null));
    }

    /** Whether the pods are as the view has them: what it takes for idle may be another pod by now, that plays. */
    private CompletableFuture<Boolean> isViewTrue() {
        return calls.list(calls.pods(), pool)
                .thenCombineAsync(
                        calls.list(calls.leases(), pool),
                        (pods, leases) -> {
                            boolean isTrue = Sightings.areAsListed(view.pods(pool), pool, pods, leases, view::hasPod);
                            if (!isTrue) { // its watches may be late by a moment
                                view.expect(ScaleCalls.newest(pods), ScaleCalls.newest(leases));
                            }
                            return isTrue;
                        },
                        viewLoop);
    }

    private static CompletableFuture<@Nullable Void> all(
            List<String> names, Map<String, Sighting> byName, Function<Sighting, CompletableFuture<?>> write) {
        return CompletableFuture.allOf(names.stream()
                .map(byName::get)
                .filter(Objects::nonNull)
                .map(write)
                .toArray(CompletableFuture<?>[]::new));
    }

    private static @Nullable String drainText(Sighting pod) {
        Lease lease = pod.known().lease();
        return lease == null ? null : lease.drainText();
    }

    /** If the Lease is as it was seen, so that nobody else's mark is written over. */
    private CompletableFuture<?> mark(Sighting pod, @Nullable String from, @Nullable String to) {
        Lease lease = pod.known().lease();
        if (lease == null || Objects.equals(from, to)) {
            return CompletableFuture.completedFuture(null);
        }
        LeasePatch patch = LeasePatch.of(lease).change(LedgerNames.DRAIN, from, to);
        return leases.patchAndRead(lease.name(), patch)
                .thenAccept(now -> viewLoop.offer(() -> view.read(pod.known(), now)));
    }
}
