package kit.orchestration.k8s;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerState;

/**
 * Writes this allocator's public key into the ledger of a session that another one has claimed: a claim of our own brings
 * the key along, the token for a session that was found by its request id needs it too. Confined to the {@link Loop}.
 */
final class LedgerKeys {

    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Context context;
    private final Map<Ledger, CompletableFuture<Void>> writing = new HashMap<>();

    LedgerKeys(Context context) {
        this.context = context;
    }

    /** Done when the ledger holds the key; an {@link ApiException} if it can't be written, or not in time. */
    CompletableFuture<Void> ensure(Ledger ledger) {
        if (ledger.lease().keys().contains(context.kid())) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> known = writing.get(ledger);
        if (known != null) {
            return known;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        writing.put(ledger, done);
        done.whenComplete((end, failure) -> writing.remove(ledger));
        write(ledger, System.nanoTime() + context.patience().toNanos(), done);
        return done;
    }

    private void write(Ledger ledger, long deadline, CompletableFuture<Void> done) {
        LeaseView lease = ledger.lease();
        if (lease.keys().contains(context.kid())) {
            done.complete(null);
            return;
        }
        // The state names the boot: a process that starts drops all keys that are there.
        String state = lease.state() == null ? new LedgerState.Closed().format() : lease.state();
        ClaimPatch patch = ClaimPatch.of(lease).testState(state).key(context.kid(), context.key());
        long start = System.nanoTime();
        context.api()
                .patch(lease.name(), patch.toString())
                .whenCompleteAsync(
                        (end, failure) -> {
                            context.called(lease.pool(), "key", 1, start, failure);
                            if (failure == null) {
                                done.complete(null);
                                return;
                            }
                            ApiException error = ApiException.of(failure);
                            if (error.kind() == ApiException.Kind.FORBIDDEN || System.nanoTime() - deadline > 0) {
                                done.completeExceptionally(error);
                            } else {
                                context.loop().after(PAUSE, () -> write(ledger, deadline, done));
                            }
                        },
                        context.loop());
    }
}
