package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.upkeep.LedgerKeys;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
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
 * <p>Whoever has to wait hangs on the sessions of its id and their pods, and looks again when one of them has changed.
 * Confined to the loop, but for {@link #existing}, which any thread may call.
 */
final class Requests {

    /** How long a pod may take to free a session that was released and not started; longer, and it runs. */
    private static final Duration REVOKED = Duration.ofSeconds(2);

    private final Context context;
    private final KubernetesPool pool;
    private final SessionIndex sessions;
    private final Releases releases;
    private final LedgerKeys keys;
    /** Those that wait, by the id of their request's digest. */
    private final Map<String, Set<Search>> waiting = new HashMap<>();
    /** Which of those a change of a pod wakes. */
    private final Map<KnownPod, Set<String>> byPod = new HashMap<>();

    Requests(Context context, KubernetesPool pool, SessionIndex sessions, Releases releases, LedgerKeys keys) {
        this.context = context;
        this.pool = pool;
        this.sessions = sessions;
        this.releases = releases;
        this.keys = keys;
    }

    /** As {@link kit.orchestration.engine.Committer#existing}. */
    @Nullable
    CompletionStage<Claim> existing(Call call) {
        RequestDigest digest = RequestDigest.of(call.request());
        if (digest == null
                || sessions.ofRequest(digest.id()).stream().noneMatch(held -> held.mayAnswer(call.request()))) {
            return null;
        }
        CompletableFuture<Claim> answer = new CompletableFuture<>();
        context.loop().execute(new Retry(call, digest, answer)::look);
        return answer;
    }

    /** A claim with a request id is written. */
    void written(KnownPod pod, String leaseUid, Reservation<KnownPod> reservation, Held held) {
        new Own(new Place(pod, reservation.slot()), leaseUid, reservation, held).look();
    }

    // ---- what wakes ----

    /** What holds a slot has changed; {@link SessionIndex} was told. */
    void changed(Change change) {
        wake(change.before());
        wake(change.after());
    }

    private void wake(@Nullable Held held) {
        if (held != null && held.digest() != null) {
            wake(held.digest().id());
        }
    }

    private void wake(String digestId) {
        Set<Search> searches = waiting.remove(digestId);
        if (searches != null) {
            searches.forEach(Search::look);
        }
    }

    /** A pod, or its Lease, is not what it was. */
    void podChanged(KnownPod pod) {
        Set<String> digests = byPod.remove(pod);
        if (digests != null) {
            digests.forEach(this::wake);
        }
    }

    /** What was in doubt is as it is known. */
    void doubtIsOver() {
        List.copyOf(waiting.keySet()).forEach(this::wake);
    }

    /** Those that nobody waits for any more hold nothing. */
    void tick() {
        for (Set<Search> searches : List.copyOf(waiting.values())) {
            List.copyOf(searches).stream()
                    .filter(search -> !search.isWanted() && searches.remove(search))
                    .forEach(Search::nobodyWaits);
        }
        waiting.values().removeIf(Set::isEmpty);
    }

    // ---- the search for the session of an id ----

    private abstract class Search {

        final AllocateReq request;
        final RequestDigest digest;
        private final long since = System.nanoTime();
        /** Where a session was looked after, and lives. */
        private final Set<Place> alive = new HashSet<>();

        Search(AllocateReq request, RequestDigest digest) {
            this.request = request;
            this.digest = digest;
        }

        abstract boolean isWanted();

        abstract void nobodyWaits();

        /** Whether this is about a claim of its own that the watch has not told of; then it is answered, or waits. */
        abstract boolean isPremature(List<Holding> holdings);

        abstract boolean isOwn(Holding holding);

        abstract void found(Holding holding, Claim claim);

        abstract void foundNone();

        abstract void failed(AllocationException error);

        final void look() {
            if (!isWanted()) {
                nobodyWaits();
                return;
            }
            if (!pool.view().isListed()) {
                await(List.of());
                return;
            }
            List<Holding> holdings = sessions.ofRequest(digest.id()).stream()
                    .filter(holding -> isOwn(holding) || holding.mayAnswer(request))
                    .toList();
            if (isPremature(holdings)) {
                return;
            }
            if (holdings.isEmpty()) {
                foundNone();
                return;
            }
            Holding first = holdings.get(0);
            if (isAmbiguous(holdings)) {
                await(holdings); // one of them is withdrawn in a moment
            } else if (isInDoubt(first)) {
                lookAfter(first);
            } else if (!isOwn(first) && first.held().revoked() && sinceNanos() < REVOKED.toNanos()) {
                await(holdings); // if nobody has started it, its pod frees it in a moment
                context.loop().after(REVOKED.minusNanos(sinceNanos()), () -> wake(digest.id()));
            } else {
                take(first, holdings);
            }
        }

        private long sinceNanos() {
            return System.nanoTime() - since;
        }

        private boolean isAmbiguous(List<Holding> holdings) {
            return holdings.size() > 1
                    && holdings.get(0).listing() != 0
                    && holdings.get(0).listing() == holdings.get(1).listing();
        }

        /** That a session lives may not be said from what is old. */
        private boolean isInDoubt(Holding holding) {
            return !alive.contains(holding.place())
                    && (holding.place().pod().standing() == Standing.ASK
                            || (!isOwn(holding) && pool.view().doubt().isPresent()));
        }

        final void await(List<Holding> holdings) {
            waiting.computeIfAbsent(digest.id(), id -> new HashSet<>()).add(this);
            for (Holding holding : holdings) {
                byPod.computeIfAbsent(holding.place().pod(), pod -> new HashSet<>())
                        .add(digest.id());
            }
        }

        private void take(Holding first, List<Holding> holdings) {
            Place place = first.place();
            Claim claim = ClaimBatch.claim(
                    pool.name(), place.pod(), place.pod().boot(), place.slot(), first.held(), first.seen());
            if (!isOwn(first) && !digest.equals(first.held().digest())) {
                failed(new RequestConflictException(request));
            } else if (claim == null) {
                await(holdings); // until its pod has an address
            } else if (isOwn(first)) {
                found(first, claim);
            } else {
                keys.ensure(place.pod()).whenComplete((done, failure) -> {
                    if (failure == null) {
                        found(first, claim);
                    } else {
                        failed(unsure("its pod could not be told this allocator's key", ApiException.of(failure)));
                    }
                });
            }
        }

        /** The pod, or the session, may be gone: only the server knows. */
        private void lookAfter(Holding holding) {
            Place place = holding.place();
            PodView view = place.pod().pod();
            Lease known = place.pod().lease();
            String name = view != null ? view.name() : known == null ? null : known.podName();
            if (name == null || known == null) {
                await(List.of(holding)); // the watch is about to tell of its end
                return;
            }
            context.pod(name)
                    .thenCombine(context.api().get(known.name()), (pod, lease) -> new Looked(pod, lease))
                    .whenCompleteAsync(
                            (looked, failure) -> {
                                if (failure != null) {
                                    failed(unsure("whether it lives is not known", ApiException.of(failure)));
                                } else {
                                    looked(holding, known, looked);
                                }
                            },
                            context.loop());
        }

        private void looked(Holding holding, Lease known, Looked looked) {
            Place place = holding.place();
            pool.view().lookedAt(place.pod(), looked.pod());
            boolean holds = looked.lease().isPresent()
                    && looked.lease().get().uid().equals(known.uid())
                    && isOf(holding, LedgerSlot.claim(looked.lease().get().slot(place.slot())));
            if (holds) {
                alive.add(place);
            } else {
                sessions.ended(place, holding.held());
            }
            look();
        }

        private BackendException unsure(String why, ApiException error) {
            return new BackendException(
                    "the session of this requestId is there, but " + why + ": " + error.problem(),
                    request.pool(),
                    request,
                    Outcome.NOT_APPLIED,
                    error.kind() != ApiException.Kind.FORBIDDEN,
                    error);
        }
    }

    private record Looked(Optional<PodView> pod, Optional<Lease> lease) {}

    private static boolean isOf(Holding holding, @Nullable Held held) {
        return held != null && held.sessionId().equals(holding.held().sessionId());
    }

    /** A call whose request id has a session already. */
    private final class Retry extends Search {

        private final Call call;
        private final CompletableFuture<Claim> answer;

        Retry(Call call, RequestDigest digest, CompletableFuture<Claim> answer) {
            super(call.request(), digest);
            this.call = call;
            this.answer = answer;
        }

        @Override
        boolean isWanted() {
            return !call.isSettled();
        }

        @Override
        void nobodyWaits() {}

        @Override
        boolean isPremature(List<Holding> holdings) {
            return false;
        }

        @Override
        boolean isOwn(Holding holding) {
            return false;
        }

        @Override
        void found(Holding holding, Claim claim) {
            answer.complete(claim);
        }

        @Override
        void foundNone() {
            pool.place(call); // it has ended meanwhile
        }

        @Override
        void failed(AllocationException error) {
            answer.completeExceptionally(error);
        }
    }

    /** A claim of this allocator that is written. */
    private final class Own extends Search {

        private final Place place;
        private final String leaseUid;
        private final Reservation<KnownPod> reservation;
        private final Held held;

        Own(Place place, String leaseUid, Reservation<KnownPod> reservation, Held held) {
            super(reservation.request(), Objects.requireNonNull(held.digest()));
            this.place = place;
            this.leaseUid = leaseUid;
            this.reservation = reservation;
            this.held = held;
        }

        @Override
        boolean isWanted() {
            return reservation.isWanted();
        }

        /** Another allocator may have told its caller of the claim: it stays, for the next try, or its time. */
        @Override
        void nobodyWaits() {
            reservation.lost();
        }

        @Override
        boolean isPremature(List<Holding> holdings) {
            if (holdings.stream().anyMatch(this::isOwn)) {
                return false;
            }
            if (place.pod().isTold(leaseUid, place.slot(), held.version())) {
                reservation.lost(); // it has come and gone
            } else {
                await(holdings);
                byPod.computeIfAbsent(place.pod(), pod -> new HashSet<>()).add(digest.id());
            }
            return true;
        }

        @Override
        boolean isOwn(Holding holding) {
            return isOf(holding, held) && holding.place().equals(place);
        }

        @Override
        void found(Holding holding, Claim claim) {
            if (isOwn(holding)) {
                reservation.applied(claim);
            } else {
                sessions.withdrawn(place, held);
                releases.free(place.pod(), place.slot(), held.sessionId());
                reservation.twin(claim);
            }
        }

        @Override
        void foundNone() {
            reservation.lost();
        }

        @Override
        void failed(AllocationException error) {
            sessions.withdrawn(place, held);
            releases.free(place.pod(), place.slot(), held.sessionId());
            reservation.failed(error);
        }
    }
}
