package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Claim;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerSlot.Unreadable;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * For the session of a request id: it looks at those that are known, and again when they have changed. Confined to the
 * loop.
 */
final class SessionSearch {

    /** How long a pod may take to free a session that was released and not started; longer, and it runs. */
    private static final Duration REVOKED = Duration.ofSeconds(2);

    /** How long whoever claimed a session that came second may take to withdraw it; longer, and nobody does. */
    static final Duration SECOND = Duration.ofSeconds(3);

    /** While the server does not answer. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** What the server has said of a pod and its Lease. */
    record Looked(Optional<PodFacts> pod, Optional<Lease> lease) {}

    /** Whom it is for. */
    interface Asker {

        /** Whether anybody still waits. */
        boolean isWanted();

        /** This is it. */
        void found(Holding holding, Claim claim);

        /** There is none, or nobody waits any more. */
        void none();

        /** There is none, and our own has come and gone. */
        default void gone() {
            none();
        }

        /** Our own came second, and is no answer any more, whatever becomes of the first. */
        default void second(Holding first) {}

        /** This may be it, and is no answer for that reason. */
        void failed(Holding holding, AllocationException error);
    }

    /**
     * A claim of our own, which the watch has told of.
     *
     * @param since when it was about to be written, by the loop's time
     */
    record Own(Place place, Held held, long since) {

        boolean is(Holding holding) {
            return holding.isOf(held) && holding.place().equals(place);
        }
    }

    private final ClusterContext context;
    private final KubernetesPool pool;
    private final Requests requests;
    private final AllocateReq request;
    private final RequestDigest digest;
    private final Asker asker;
    /** Null for a call that has claimed nothing: then what the watch told may be over by a moment. */
    private @Nullable Own own;
    /** What becomes of a call that fails: one that came second may stand until it is withdrawn. */
    private final Outcome outcome;
    /** Whether it has waited for anything since that was told. */
    private boolean waited;

    /** Sessions that were looked after since it last waited for anything, and live. */
    private final Set<String> alive = new HashSet<>();
    /** Since when it knows that a session is marked, by the loop's time. */
    private final Map<String, Long> marked = new HashMap<>();
    /** Where this allocator's key was seen to be. */
    private final Set<Place> keyed = new HashSet<>();
    /** Whose changes wake it. */
    private Set<KnownPod> pods = Set.of();
    /** Whether only an address of its pod can help it. */
    private boolean lacksAddress;

    SessionSearch(
            ClusterContext context,
            KubernetesPool pool,
            Requests requests,
            AllocateReq request,
            RequestDigest digest,
            Asker asker,
            @Nullable Own own) {
        this.context = context;
        this.pool = pool;
        this.requests = requests;
        this.request = request;
        this.digest = digest;
        this.asker = asker;
        this.own = own;
        this.outcome = own == null ? Outcome.NOT_APPLIED : Outcome.UNKNOWN;
    }

    boolean isWanted() {
        return asker.isWanted();
    }

    boolean isOf(@Nullable Held held) {
        return held != null && held.digest() != null && held.digest().id().equals(digest.id());
    }

    boolean isAbout(KnownPod pod) {
        return pods.contains(pod) && !(lacksAddress && pod.address() == null && pod.standing() != Standing.DOES_NOT);
    }

    void look() {
        if (own == null && !isWanted()) {
            asker.none();
            return;
        }
        if (!pool.view.isListed()) {
            await(List.of());
            return;
        }
        List<Holding> holdings = pool.sessions.ofRequest(digest.id()).stream()
                .filter(holding -> isOwn(holding) || holding.concerns(request, digest))
                .toList();
        if (own == null ? holdings.isEmpty() : holdings.stream().noneMatch(own::is)) {
            asker.gone();
            return;
        }
        Holding first = holdings.get(0);
        if (isOwn(first) && !isWanted()) {
            asker.none(); // but one that came after another is withdrawn, whoever waits
            return;
        }
        boolean settles = !isOwn(first) && settlesIn(first).compareTo(Duration.ZERO) > 0;
        if (isAmbiguous(holdings)) {
            await(holdings); // one of them is withdrawn in a moment
        } else if (isInDoubt(first) && (own != null || !settles)) {
            lookAfter(first, holdings);
        } else if (settles) {
            if (own != null) {
                asker.second(first);
                own = null;
            }
            await(holdings);
            again(settlesIn(first));
        } else {
            take(first, holdings);
        }
    }

    /** How long its pod, or who claimed it, has yet to end it, if they do. */
    private Duration settlesIn(Holding holding) {
        String session = holding.held().sessionId();
        if (holding.held().revoked() || marked.containsKey(session)) {
            long since = marked.computeIfAbsent(session, id -> context.loop().nanoTime());
            return REVOKED.minusNanos(context.loop().nanoTime() - since);
        }
        if (pool.isBeingEnded(session)) {
            return AGAIN; // what is on its way ends it, whoever has it by then
        }
        return holding.second()
                ? SECOND.minusNanos(context.loop().nanoTime() - holding.seen().nanos())
                : Duration.ZERO;
    }

    private boolean isOwn(Holding holding) {
        return own != null && own.is(holding);
    }

    static boolean isAmbiguous(List<Holding> holdings) {
        return holdings.size() > 1
                && holdings.get(0).seen().listing() != 0
                && holdings.get(0).seen().listing() == holdings.get(1).seen().listing();
    }

    /** That a session lives may not be said from what is old. */
    private boolean isInDoubt(Holding holding) {
        return !alive.contains(holding.held().sessionId())
                && (holding.place().pod().standing() == Standing.ASK
                        || (!isOwn(holding)
                                && (!isJustTold() || pool.view.watchDoubt().isPresent())));
    }

    /** Whether the watch has told of our own claim just now, and so all that was before it. */
    private boolean isJustTold() {
        return own != null && !waited && context.loop().nanoTime() - own.since() < Requests.WITHDRAWN.toNanos();
    }

    private void await(List<Holding> holdings) {
        lacksAddress = false;
        isOld();
        pods = holdings.stream().map(holding -> holding.place().pod()).collect(Collectors.toSet());
        requests.await(this);
    }

    /** What is known before a wait is old after it. */
    private void isOld() {
        alive.clear();
        waited = true;
    }

    private void again(Duration pause) {
        context.loop().after(pause, () -> requests.resume(this));
    }

    private void take(Holding first, List<Holding> holdings) {
        Place place = first.place();
        Claim claim = ClaimBatch.claim(
                pool.name(),
                place.pod(),
                place.pod().boot(),
                place.slot(),
                first.held(),
                first.seen().at());
        if (!isOwn(first) && !digest.equals(first.held().digest())) {
            asker.failed(first, new RequestConflictException(request));
        } else if (claim == null && !isOwn(first) && place.pod().addressFault() != null) {
            asker.failed(
                    first,
                    new BackendException(
                            "the session of this requestId is there, but where to dial is not known: "
                                    + place.pod().addressFault(),
                            request.pool(),
                            request,
                            outcome,
                            true,
                            null));
        } else if (claim == null) {
            await(holdings);
            lacksAddress = place.pod().boot() != null && place.pod().pod() != null;
        } else if (isOwn(first) || keyed.contains(place)) {
            asker.found(first, claim);
        } else {
            CompletableFuture<Void> ensured = pool.keys.ensure(place.pod());
            if (!ensured.isDone()) {
                isOld();
            }
            ensured.whenComplete((done, failure) -> {
                if (failure == null) {
                    keyed.add(place);
                    look(); // it may have ended meanwhile
                } else {
                    asker.failed(
                            first, unsure("its pod could not be told this allocator's key", ApiException.of(failure)));
                }
            });
        }
    }

    /** The pod, or the session, may be gone: only the server knows. */
    private void lookAfter(Holding holding, List<Holding> holdings) {
        Place place = holding.place();
        PodFacts view = place.pod().pod();
        Lease known = place.pod().lease();
        String name = view != null ? view.name() : known == null ? null : known.podName();
        if (name == null || known == null) {
            await(holdings); // the watch is about to tell of its end
            return;
        }
        context.loop().whenDone(requests.look(place.pod(), name, known.name()), (looked, failure) -> {
            if (failure == null) {
                looked(holding, known, looked);
                return;
            }
            ApiException error = ApiException.of(failure);
            if (error.isOutage()) {
                await(holdings);
                again(AGAIN);
            } else {
                asker.failed(holding, unsure("whether it lives is not known", error));
            }
        });
    }

    private void looked(Holding holding, Lease known, Looked looked) {
        Place place = holding.place();
        pool.view.lookedAt(place.pod(), looked.pod());
        Lease latest = place.pod().lease();
        if (latest != null && !latest.uid().equals(known.uid())) {
            look(); // it was replaced since it was asked for: what was read may be of before
            return;
        }
        Lease now =
                looked.lease().filter(lease -> lease.uid().equals(known.uid())).orElse(null);
        if (now != null && now.version() < known.version()) {
            pool.view.suspectLeases(); // the storage was set back
            context.loop().after(AGAIN, this::look);
            return;
        }
        if (now != null) {
            pool.view.read(place.pod(), now);
        }
        LedgerSlot slot = now == null ? null : LedgerSlot.read(now.slot(place.slot()));
        if (slot instanceof Held held && holding.isOf(held)) {
            alive.add(held.sessionId());
            if (held.revoked()) { // which the watch may be yet to tell
                marked.putIfAbsent(held.sessionId(), context.loop().nanoTime());
            }
        } else if (slot instanceof Unreadable) {
            alive.add(holding.held().sessionId()); // held by whom it was when it could be read
        } else {
            pool.sessions.ended(place, holding.held());
        }
        look();
    }

    private BackendException unsure(String why, ApiException error) {
        return new BackendException(
                "the session of this requestId is there, but " + why + ": " + error.problem(),
                request.pool(),
                request,
                outcome,
                error.kind() != ApiException.Kind.FORBIDDEN,
                error);
    }
}
