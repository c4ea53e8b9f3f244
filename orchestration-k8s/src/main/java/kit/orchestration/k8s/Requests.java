package kit.orchestration.k8s;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.Sessions.Holding;
import kit.orchestration.k8s.Sessions.Place;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * One session per request id, across allocators that know nothing of each other. The watch tells all of them of the same
 * writes in the same order. So a claim with a request id is not told to its caller when it is written, but when its own
 * event has come back: if an earlier session of that id lives then, that one is the answer, and the later claim, whose
 * token was never made, is withdrawn. Whoever wrote the earlier one has seen no other before it, and so on.
 *
 * <p>After a gap in the watch a list does not tell the order of what it tells of. Then nothing is told, nor withdrawn, until
 * one of the two has gone; whoever has seen no gap knows which of them it is.
 *
 * <p>Written on the {@link Loop} alone; {@link #existing} may be called by any thread.
 */
final class Requests {

    private record Pending(Ledger ledger, Reservation<PodLedger> reservation, LedgerSlot.Held held) {}

    /** For what the watch tells in a moment. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** How long a pod may take to free a session that was released and not started; longer, and it runs. */
    private static final Duration REVOKED = Duration.ofSeconds(2);

    private final Context context;
    private final Sessions sessions;
    private final Releases releases;
    private final LedgerKeys keys;
    private final Consumer<Call> placeAgain;
    /** Claims that are written, and whose event has not come back. */
    private final Map<Place, Pending> pending = new HashMap<>();

    Requests(Context context, Sessions sessions, Releases releases, Consumer<Call> placeAgain) {
        this.context = context;
        this.sessions = sessions;
        this.releases = releases;
        this.placeAgain = placeAgain;
        this.keys = new LedgerKeys(context);
    }

    /** As {@link kit.orchestration.engine.Committer#existing}. */
    @Nullable
    CompletionStage<Claim> existing(Call call) {
        RequestDigest digest = RequestDigest.of(call.request());
        if (digest == null || sessions.ofRequest(digest.id()).isEmpty()) {
            return null;
        }
        CompletableFuture<Claim> answer = new CompletableFuture<>();
        long now = System.nanoTime();
        context.loop().execute(() -> find(call, digest, now, answer));
        return answer;
    }

    private void find(Call call, RequestDigest digest, long since, CompletableFuture<Claim> answer) {
        if (call.isSettled()) {
            return;
        }
        List<Holding> holdings = sessions.ofRequest(digest.id());
        Runnable again = () -> find(call, digest, since, answer);
        if (holdings.isEmpty()) {
            placeAgain.accept(call); // it has ended meanwhile
        } else if (Sessions.isAmbiguous(holdings)) {
            context.loop().after(PAUSE, again); // one of them is withdrawn in a moment
        } else if (holdings.get(0).held().revoked() && System.nanoTime() - since < REVOKED.toNanos()) {
            context.loop().after(PAUSE, again); // if nobody has started it, its pod frees it in a moment
        } else {
            share(call.request(), digest, holdings.get(0), answer, again);
        }
    }

    /** A session of somebody else, as the answer to a request. */
    private void share(
            AllocateReq request,
            RequestDigest digest,
            Holding holding,
            CompletableFuture<Claim> answer,
            Runnable again) {
        if (!digest.equals(holding.held().digest())) {
            answer.completeExceptionally(new RequestConflictException(request));
            return;
        }
        Claim claim = claim(holding);
        if (claim == null) {
            context.loop().after(PAUSE, again); // the watch tells of its pod in a moment
            return;
        }
        keys.ensure(holding.ledger()).whenComplete((done, failure) -> {
            if (failure == null) {
                answer.complete(claim);
            } else {
                answer.completeExceptionally(new BackendException(
                        "the session of this requestId is there, but its pod could not be told this allocator's key: try again",
                        request.pool(),
                        request,
                        Outcome.NOT_APPLIED,
                        true,
                        failure));
            }
        });
    }

    /** A claim with a request id is written. */
    void written(Ledger ledger, Reservation<PodLedger> reservation, LedgerSlot.Held held) {
        Pending own = new Pending(ledger, reservation, held);
        String digestId = Objects.requireNonNull(held.digest()).id();
        boolean seen = sessions.ofRequest(digestId).stream()
                .anyMatch(holding -> holding.held().sessionId().equals(held.sessionId()));
        if (seen) {
            decide(own);
        } else if (isOver(own, ledger.lease().slot(reservation.slot()))) {
            reservation.lost(); // it has come and gone
        } else {
            pending.put(new Place(ledger, reservation.slot()), own);
        }
    }

    /**
     * The watch has told of a slot: of a claim of {@link #written}, of what came after it, or yet of what was before. To be
     * called after {@link Sessions} was told.
     */
    void told(Ledger ledger, int slot, @Nullable String text) {
        Place place = new Place(ledger, slot);
        Pending own = pending.get(place);
        if (own == null) {
            return;
        }
        LedgerSlot.Held held = Texts.claim(text);
        if (held != null && held.sessionId().equals(own.held().sessionId())) {
            pending.remove(place);
            decide(own);
        } else if (isOver(own, text)) {
            pending.remove(place);
            own.reservation().lost();
        }
    }

    /** Whether a claim whose slot says this now has ended. */
    private static boolean isOver(Pending own, @Nullable String text) {
        return own.ledger().isOver() || Texts.version(text) > Texts.version(own.held());
    }

    private void decide(Pending own) {
        RequestDigest digest = Objects.requireNonNull(own.held().digest());
        List<Holding> holdings = sessions.ofRequest(digest.id());
        Reservation<PodLedger> reservation = own.reservation();
        if (holdings.stream().noneMatch(holding -> isOf(holding, own))) {
            reservation.lost(); // it has ended
            return;
        }
        Holding first = holdings.get(0);
        Claim claim = claim(first);
        if (Sessions.isAmbiguous(holdings) || claim == null) {
            waitFor(own);
        } else if (isOf(first, own)) {
            reservation.applied(claim);
        } else {
            sessions.withdrawn(own.held());
            releases.free(own.ledger(), reservation.slot(), own.held().sessionId());
            CompletableFuture<Claim> answer = new CompletableFuture<>();
            answer.whenComplete((twin, failure) -> {
                if (failure == null) {
                    reservation.twin(twin);
                } else if (failure instanceof AllocationException error) {
                    reservation.failed(error);
                } else {
                    reservation.lost();
                }
            });
            share(reservation.request(), digest, first, answer, reservation::lost);
        }
    }

    /** Another allocator may have told its caller of the own claim: it stays, and if the call ends first, for its time. */
    private void waitFor(Pending own) {
        if (own.reservation().isWanted()) {
            context.loop().after(PAUSE, () -> decide(own));
        } else {
            own.reservation().lost();
        }
    }

    private static boolean isOf(Holding holding, Pending own) {
        return holding.held().sessionId().equals(own.held().sessionId());
    }

    private static @Nullable Claim claim(Holding holding) {
        Ledger ledger = holding.ledger();
        return Claims.of(ledger, ledger.boot(), holding.slot(), holding.held(), holding.seen());
    }
}
