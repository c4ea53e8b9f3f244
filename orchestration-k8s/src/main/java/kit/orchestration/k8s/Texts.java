package kit.orchestration.k8s;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.engine.Reservation;
import kit.orchestration.token.LedgerFormatException;
import kit.orchestration.token.LedgerSlot;
import kit.orchestration.token.RequestDigest;
import org.jspecify.annotations.Nullable;

/** Between the engine's versions of a slot and the ledger's texts. */
final class Texts {

    private Texts() {}

    /** The text of a slot that is free at an even version. */
    static String free(long version) {
        return new LedgerSlot.Free(version / 2).format();
    }

    /** A slot that was free at a version, held by a session. */
    static LedgerSlot.Held held(long version, String sessionId, AllocateReq request) {
        return new LedgerSlot.Free(version / 2)
                .hold(sessionId, wholeMillis(request.claimTtl()), RequestDigest.of(request), request.annotations());
    }

    /** Whether the slot is as the reservation's write tests it to be. */
    static boolean isFree(LeaseView lease, Reservation<PodLedger> reservation) {
        return free(reservation.version()).equals(text(lease, reservation.slot()));
    }

    /** Whether the reservation's session holds its slot. */
    static boolean isHeldBy(LeaseView lease, Reservation<PodLedger> reservation) {
        String text = text(lease, reservation.slot());
        try {
            return text != null
                    && LedgerSlot.parse(text) instanceof LedgerSlot.Held held
                    && held.sessionId().equals(reservation.sessionId());
        } catch (LedgerFormatException unreadable) {
            return false;
        }
    }

    static @Nullable String text(LeaseView lease, int slot) {
        return slot < lease.slots().length ? lease.slots()[slot] : null;
    }

    private static Duration wholeMillis(Duration ttl) {
        Duration cut = ttl.truncatedTo(ChronoUnit.MILLIS);
        return cut.equals(ttl) ? ttl : cut.plusMillis(1);
    }
}
