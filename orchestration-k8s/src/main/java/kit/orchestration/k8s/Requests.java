package kit.orchestration.k8s;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.Sessions.Holding;
import kit.orchestration.token.LedgerSlot;
import kit.orchestration.token.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * One session per request id, across allocators that know nothing of each other. The watch tells all of them of the same
 * writes in the same order. So a claim with a request id is not told to its caller when it is written, but when its own
 * event has come back: if an earlier session of that id lives then, that one is the answer, and the later claim, whose
 * token was never made, is withdrawn. Whoever wrote the earlier one has seen no other before it, and so on.
 *
 * <p>After a gap in the watch a list does not tell the order of what it tells of. Then the own claim is withdrawn too, and
 * the call placed again: that is always safe, and no caller has heard of it.
 *
 * <p>Written on the {@link Loop} alone; {@link #existing} may be called by any thread.
 */
final class Requests {

    private record Pending(Ledger ledger, Reservation<PodLedger> reservation, LedgerSlot.Held held) {}

    private final Sessions sessions;
    private final Releases releases;
    /** Claims that are written, and whose event has not come back, by session id. */
    private final Map<String, Pending> pending = new HashMap<>();

    Requests(Sessions sessions, Releases releases) {
        this.sessions = sessions;
        this.releases = releases;
    }

    /**
     * The live session of a request; null if there is none that this allocator has heard of.
     *
     * @throws RequestConflictException if its request had other contents
     * @throws BackendException if its token can't be made now
     */
    @Nullable
    Claim existing(AllocateReq request) {
        RequestDigest digest = RequestDigest.of(request);
        List<Holding> holdings = digest == null ? List.of() : sessions.ofRequest(digest.id());
        if (holdings.isEmpty()) {
            return null;
        }
        if (Sessions.isAmbiguous(holdings)) {
            throw later(
                    request, "two sessions of this requestId are in the ledger, of which one is about to be withdrawn");
        }
        return claim(request, Objects.requireNonNull(digest), holdings.get(0));
    }

    /** A claim with a request id is written. */
    void written(Ledger ledger, Reservation<PodLedger> reservation, LedgerSlot.Held held) {
        Pending own = new Pending(ledger, reservation, held);
        String digestId = Objects.requireNonNull(held.digest()).id();
        boolean seen = sessions.ofRequest(digestId).stream()
                .anyMatch(holding -> holding.held().sessionId().equals(held.sessionId()));
        if (seen) {
            decide(own);
        } else if (ledger.isOver() || Texts.version(ledger.lease().slot(reservation.slot())) > Texts.version(held)) {
            reservation.lost(); // it has come and gone
        } else {
            pending.put(held.sessionId(), own);
        }
    }

    /** A claim was seen to hold its slot. To be called after {@link Sessions} was told. */
    void seen(LedgerSlot.Held held) {
        Pending own = pending.remove(held.sessionId());
        if (own != null) {
            decide(own);
        }
    }

    /** A claim's slot holds something else now, or its pod is gone. */
    void ended(Ledger ledger, int slot) {
        pending.values().removeIf(own -> {
            boolean over = own.ledger() == ledger && own.reservation().slot() == slot;
            if (over) {
                own.reservation().lost();
            }
            return over;
        });
    }

    private void decide(Pending own) {
        RequestDigest digest = Objects.requireNonNull(own.held().digest());
        List<Holding> holdings = sessions.ofRequest(digest.id());
        Holding first = holdings.get(0);
        AllocateReq request = own.reservation().request();
        if (Sessions.isAmbiguous(holdings)) {
            withdraw(own).whenComplete((done, failure) -> own.reservation().lost());
        } else if (first.held().sessionId().equals(own.held().sessionId())) {
            try {
                own.reservation().applied(claim(request, digest, first));
            } catch (BackendException notNow) {
                own.reservation().failed(notNow);
            }
        } else {
            withdraw(own);
            try {
                own.reservation().twin(claim(request, digest, first));
            } catch (RequestConflictException | BackendException error) {
                own.reservation().failed(error);
            }
        }
    }

    private CompletableFuture<Void> withdraw(Pending own) {
        return releases.free(own.ledger(), own.reservation().slot(), own.held().sessionId());
    }

    private static Claim claim(AllocateReq request, RequestDigest digest, Holding holding) {
        if (!digest.equals(holding.held().digest())) {
            throw new RequestConflictException(request);
        }
        Ledger ledger = holding.ledger();
        Claim claim = Claims.of(ledger, ledger.boot(), holding.slot(), holding.held(), holding.seen());
        if (claim == null) {
            throw later(
                    request,
                    "the pod of its session, with %s, can't be reached now"
                            .formatted(ledger.lease().name()));
        }
        return claim;
    }

    private static BackendException later(AllocateReq request, String why) {
        return new BackendException(why + ": try again", request.pool(), request, Outcome.NOT_APPLIED, true, null);
    }
}
