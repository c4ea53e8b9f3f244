package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Claim;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.upkeep.LedgerKeys;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PodView;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;

/** For the session of a request id: it looks at those that are known, and again when they have changed. Confined to the loop. */
abstract class Search {

    /** How long a pod may take to free a session that was released and not started; longer, and it runs. */
    private static final Duration REVOKED = Duration.ofSeconds(2);

    /** While the server does not answer. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** What the server has said of a pod and its Lease. */
    record Looked(Optional<PodView> pod, Optional<Lease> lease) {}

    private final Context context;
    private final KubernetesPool pool;
    private final Requests requests;
    private final LedgerKeys keys;
    final AllocateReq request;
    final RequestDigest digest;
    private final long since = System.nanoTime();
    /** Where a session was looked after, and lives. */
    private final Set<Place> alive = new HashSet<>();

    Search(
            Context context,
            KubernetesPool pool,
            Requests requests,
            LedgerKeys keys,
            AllocateReq request,
            RequestDigest digest) {
        this.context = context;
        this.pool = pool;
        this.requests = requests;
        this.keys = keys;
        this.request = request;
        this.digest = digest;
    }

    abstract boolean isWanted();

    abstract void nobodyWaits();

    /** Whether this is about a claim of its own that the watch has not told of; then it is answered, or waits. */
    abstract boolean isPremature(List<Holding> holdings);

    abstract boolean isOwn(Holding holding);

    /** Whether it is for a call that has claimed nothing: then what the watch told may be over by a moment. */
    abstract boolean isRetry();

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
        List<Holding> holdings = pool.sessions().ofRequest(digest.id()).stream()
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
            lookAfter(first, holdings);
        } else if (!isOwn(first) && first.held().revoked() && sinceNanos() < REVOKED.toNanos()) {
            await(holdings); // if nobody has started it, its pod frees it in a moment
            context.loop().after(REVOKED.minusNanos(sinceNanos()), () -> requests.wake(digest.id()));
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
                        || (!isOwn(holding)
                                && (isRetry() || pool.view().watchDoubt().isPresent())));
    }

    private void await(List<Holding> holdings) {
        requests.await(this, holdings.stream().map(holding -> holding.place().pod()));
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
    private void lookAfter(Holding holding, List<Holding> holdings) {
        Place place = holding.place();
        PodView view = place.pod().pod();
        Lease known = place.pod().lease();
        String name = view != null ? view.name() : known == null ? null : known.podName();
        if (name == null || known == null) {
            await(holdings); // the watch is about to tell of its end
            return;
        }
        requests.look(place.pod(), name, known.name())
                .whenCompleteAsync(
                        (looked, failure) -> {
                            if (failure == null) {
                                looked(holding, known, looked);
                                return;
                            }
                            ApiException error = ApiException.of(failure);
                            if (error.isOutage()) {
                                await(holdings);
                                context.loop().after(AGAIN, () -> requests.wake(digest.id()));
                            } else {
                                failed(unsure("whether it lives is not known", error));
                            }
                        },
                        context.loop());
    }

    private void looked(Holding holding, Lease known, Looked looked) {
        Place place = holding.place();
        pool.view().lookedAt(place.pod(), looked.pod());
        boolean isSame =
                looked.lease().isPresent() && looked.lease().get().uid().equals(known.uid());
        if (isSame && looked.lease().get().version() < known.version()) {
            context.loop().after(AGAIN, this::look); // another search had asked before this session was there
            return;
        }
        boolean holds =
                isSame && holding.isOf(LedgerSlot.claim(looked.lease().get().slot(place.slot())));
        if (holds) {
            alive.add(place);
        } else {
            pool.sessions().ended(place, holding.held());
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
