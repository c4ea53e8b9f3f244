package kit.orchestration.k8s;

import java.time.Instant;
import java.util.OptionalInt;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Claim;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/** From a slot of a ledger to what the engine calls a claim. */
final class Claims {

    private Claims() {}

    /**
     * The claim that a slot says.
     *
     * @param boot the state of the Lease when it was claimed: its token names it
     * @param since when the claim's time began, as far as this allocator knows
     * @return null if no token can be made for it: the pod's address or boot isn't known
     */
    static @Nullable Claim of(
            Ledger ledger, @Nullable LedgerState boot, int slot, LedgerSlot.Held held, Instant since) {
        PodView pod = ledger.pod();
        PodAddress address = pod == null ? null : pod.address();
        if (pod == null || address == null || !(boot instanceof LedgerState.Open open)) {
            return null;
        }
        return new Claim(
                pod.pool(),
                pod.name(),
                address,
                LedgerNames.audience(pod.uid(), open.bootId()),
                held.sessionId(),
                OptionalInt.of(slot),
                held.annotations(),
                since.plus(held.ttl()));
    }
}
