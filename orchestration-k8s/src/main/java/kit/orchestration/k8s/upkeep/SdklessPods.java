package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;

/**
 * Opens the ledgers of pods that say they have no SDK to do it, once all Leases were listed. Whichever allocator is
 * first makes the Lease. Confined to the loop.
 */
final class SdklessPods {

    /** Nothing in such a pod tells one run of its process from the next. */
    private static final LedgerState BOOT = LedgerState.open("none");

    /** What the watch is given to tell of a Lease that was made; longer each time, since it may never. */
    private static final Backoff PAUSE = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1));

    private static final String MEND =
            "make its pod its owner and give it the label, or delete it; " + LedgerNames.POOL_LABEL + ": ";

    private static final int AT_ONCE = 2;

    private final ClusterContext context;
    private final ClusterView view;
    private final Errands errands;
    /** Uids of pods whose Lease is being made. */
    private final Set<String> opening = new HashSet<>();
    /** What they are given the next time, if the watch does not tell of the Lease. */
    private final Map<String, Backoff> pauses = new HashMap<>();

    /**
     * Of an allocator.
     *
     * @param view looks at a pod again, which comes back here if its Lease is still missing
     */
    SdklessPods(ClusterContext context, ClusterView view) {
        this.context = context;
        this.view = view;
        this.errands = new Errands("making the leases of pods without SDK", AT_ONCE, context.loop(), context.random());
    }

    /** Opens the pod's ledger, if it is such a pod. It has none now. */
    void open(PodFacts pod) {
        if (pod.hasSdk()
                || pod.capacity() == 0
                || pod.leaseName().isEmpty()
                || pod.leaving()
                || !opening.add(pod.uid())) {
            return;
        }
        Backoff pause = pauses.getOrDefault(pod.uid(), PAUSE);
        pauses.put(pod.uid(), pause.longer());
        errands.add(
                () -> create(pod, pause.equals(PAUSE)),
                () -> context.loop().after(pause.next(), () -> {
                    opening.remove(pod.uid());
                    if (view.lacksLease(pod)) {
                        view.lookAgain(pod.name());
                    } else {
                        pauses.remove(pod.uid());
                    }
                }));
    }

    private CompletableFuture<?> create(PodFacts pod, boolean first) {
        if (!view.lacksLease(pod)) {
            return CompletableFuture.completedFuture(null); // another allocator was faster
        }
        long start = System.nanoTime();
        return context.api()
                .create(lease(pod))
                .whenCompleteAsync(
                        (done, failure) -> {
                            context.called(pod.pool(), "open", 0, start, failure);
                            ApiException error = failure == null ? null : ApiException.of(failure);
                            if (error != null && error.kind() == ApiException.Kind.FORBIDDEN) {
                                view.leaseIsLacking(
                                        pod,
                                        "its lease can't be made: " + error.problem() + ClusterContext.wayOut(error));
                            } else if (error != null && error.kind() == ApiException.Kind.CONFLICT && !first) {
                                view.leaseIsLacking(pod, "its lease is there, and is nobody's: " + MEND + pod.pool());
                            }
                        },
                        context.loop());
    }

    private static String lease(PodFacts pod) {
        return Lease.json(
                pod.pool(),
                pod.name(),
                pod.uid(),
                BOOT.format(),
                null,
                Collections.nCopies(pod.capacity(), LedgerSlot.Free.NEW.format()),
                Map.of());
    }
}
