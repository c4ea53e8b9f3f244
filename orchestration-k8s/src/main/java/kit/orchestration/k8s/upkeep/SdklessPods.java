package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the ledgers of pods that say they have no SDK to do it. Whichever allocator is first makes the Lease. Confined to
 * the loop.
 */
final class SdklessPods {

    private static final Logger log = LoggerFactory.getLogger(SdklessPods.class);

    /** Nothing in such a pod tells one run of its process from the next. */
    private static final LedgerState BOOT = LedgerState.open("none");

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Context context;
    private final Consumer<String> again;
    /** Uids of pods whose Lease is being made. */
    private final Set<String> opening = new HashSet<>();

    /**
     * Of an allocator.
     *
     * @param again looks at the pod of that name again, which comes back here if its Lease is still missing
     */
    SdklessPods(Context context, Consumer<String> again) {
        this.context = context;
        this.again = again;
    }

    /** Opens the pod's ledger, if it is such a pod. It has none now. */
    void open(PodView pod) {
        if (pod.hasSdk() || pod.capacity() == 0 || pod.leaving() || !opening.add(pod.uid())) {
            return;
        }
        long start = System.nanoTime();
        context.api()
                .create(lease(pod))
                .whenCompleteAsync(
                        (done, failure) -> {
                            context.called(pod.pool(), "open", 0, start, failure);
                            if (failure == null || ApiException.of(failure).kind() == ApiException.Kind.CONFLICT) {
                                opening.remove(pod.uid()); // the watch tells of it
                                return;
                            }
                            log.warn("lease {} can't be made, trying again: {}", pod.leaseName(), failure.getMessage());
                            context.loop().after(PAUSE, () -> {
                                opening.remove(pod.uid());
                                again.accept(pod.name());
                            });
                        },
                        context.loop());
    }

    private static String lease(PodView pod) {
        return Lease.json(
                pod.pool(),
                pod.name(),
                pod.uid(),
                BOOT.format(),
                Collections.nCopies(pod.capacity(), LedgerSlot.Free.NEW.format()),
                Map.of());
    }
}
