package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import kit.orchestration.AllocateReq;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import org.jspecify.annotations.Nullable;

/**
 * Claims on one pod, as they go into one write.
 *
 * @param lease what the write is made from
 * @param helds what the slot of each says once it is written, in their order
 * @param since when it was made, by the loop's time
 */
record ClaimBatch(KnownPod pod, Lease lease, Map<Reservation<KnownPod>, Held> helds, long since) {

    static ClaimBatch of(KnownPod pod, Lease lease, List<Reservation<KnownPod>> claims, long now) {
        Map<Reservation<KnownPod>, Held> helds = new LinkedHashMap<>();
        claims.forEach(claim -> helds.put(claim, held(claim)));
        return new ClaimBatch(pod, lease, helds, now);
    }

    private static Held held(Reservation<KnownPod> claim) {
        AllocateReq request = claim.request();
        return free(claim)
                .hold(
                        claim.sessionId(),
                        wholeMillis(request.claimTtl()),
                        RequestDigest.of(request),
                        request.annotations());
    }

    private static Free free(Reservation<KnownPod> claim) {
        return new Free(claim.version() / 2);
    }

    private static Duration wholeMillis(Duration ttl) {
        Duration cut = ttl.truncatedTo(ChronoUnit.MILLIS);
        return cut.equals(ttl) ? ttl : cut.plusMillis(1);
    }

    List<Reservation<KnownPod>> claims() {
        return List.copyOf(helds.keySet());
    }

    /** A part of it. */
    ClaimBatch only(Predicate<Reservation<KnownPod>> which) {
        Map<Reservation<KnownPod>, Held> some = new LinkedHashMap<>(helds);
        some.keySet().removeIf(which.negate());
        return new ClaimBatch(pod, lease, some, since);
    }

    /** The rest of it. */
    ClaimBatch without(Collection<Reservation<KnownPod>> those) {
        return those.isEmpty() ? this : only(claim -> !those.contains(claim));
    }

    /** Those of it for which a Lease has no room besides those before them. */
    List<Reservation<KnownPod>> unfit(Lease now) {
        List<Reservation<KnownPod>> unfit = new ArrayList<>(0);
        int bytes = now.annotationBytes();
        for (Map.Entry<Reservation<KnownPod>, Held> claim : helds.entrySet()) {
            int more = claim.getValue().format().length();
            if (bytes + more > Lease.CLAIMS_ANNOTATION_BYTES) {
                unfit.add(claim.getKey());
            } else {
                bytes += more;
            }
        }
        return unfit;
    }

    LeasePatch patch(ClusterContext context, boolean mayHold) {
        LeasePatch patch = LeasePatch.of(lease).testState(String.valueOf(lease.stateText()));
        helds.forEach((claim, held) -> patch.slot(claim.slot(), free(claim).format(), held));
        if (hasKey(context, lease)) {
            patch.test(LedgerNames.key(context.kid()), context.key()); // a pod drops keys that nobody needs
        } else {
            patch.key(context.kid(), context.key());
        }
        patch.roomElsewhere(Reservation.isRoomElsewhere(claims()));
        if (context.identity() != null && mayHold) {
            patch.holder(context.identity(), context.timing().clock().instant());
        }
        return patch;
    }

    /**
     * A patch that makes one of its slots another, so that this batch, were it to come late, fails: it tests them all.
     */
    LeasePatch fence(Lease now) {
        Reservation<KnownPod> first = helds.keySet().iterator().next();
        return LeasePatch.of(now)
                .slot(first.slot(), free(first).format(), free(first).fenced());
    }

    /** Whether what the patch tests is otherwise now. */
    boolean hasLostTo(Lease now, ClusterContext context) {
        return !String.valueOf(lease.stateText()).equals(now.stateText())
                || (hasKey(context, lease) && !hasKey(context, now))
                || helds.keySet().stream().anyMatch(claim -> !isFree(now, claim));
    }

    private static boolean hasKey(ClusterContext context, Lease lease) {
        return context.key().equals(lease.keys().get(context.kid()));
    }

    static boolean isFree(Lease lease, Reservation<KnownPod> claim) {
        return free(claim).format().equals(lease.slot(claim.slot()));
    }

    static boolean isHeldBy(Lease lease, Reservation<KnownPod> claim) {
        Held held = LedgerSlot.claim(lease.slot(claim.slot()));
        return held != null && held.sessionId().equals(claim.sessionId());
    }

    /**
     * What a slot says, as the engine calls it.
     *
     * @param boot the one that it was claimed in: its token names it
     * @param since when the claim's time began, as far as this allocator knows
     * @return null if no token can be made for it: the pod's address or boot isn't known
     */
    static @Nullable Claim claim(String pool, KnownPod pod, @Nullable String boot, int slot, Held held, Instant since) {
        PodFacts view = pod.pod();
        PodAddress address = pod.address();
        if (view == null || address == null || boot == null) {
            return null;
        }
        return new Claim(
                pool,
                view.name(),
                address,
                LedgerNames.audience(view.uid(), boot),
                held.sessionId(),
                OptionalInt.of(slot),
                held.annotations(),
                since.plus(held.ttl()));
    }
}
