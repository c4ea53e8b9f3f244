package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.claim.SessionSearch.Looked;
import kit.orchestration.k8s.claim.SessionSearch.Own;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.Doubt;
import org.jspecify.annotations.Nullable;

/**
 * One session per request id, across allocators that know nothing of each other. The watch tells all of them of the
 * same writes in the same order. So a claim with a request id is not told to its caller when it is written, but when
 * its own event has come back: if an earlier session of that id lives then, that one is the answer, and the later
 * claim is withdrawn: by its pod, as a release, since the earlier one may end before that is written, and another
 * allocator tell its caller of the later. Whoever wrote the earlier one has seen no other before it, and so on.
 *
 * <p>After a gap in the watch a list does not tell the order of what it tells of. Then nothing is told, nor withdrawn,
 * until one of the two has gone; whoever has seen no gap knows which of them it is.
 *
 * <p>Whoever has to wait looks again when a session of its id has changed, or a pod that has one. Confined to the loop,
 * but for {@link #existing}, which any thread may call.
 */
final class Requests {

    /**
     * Whoever claimed a session that came second has withdrawn it by then, or is gone. With a tick's second on top less
     * than the default call time-out: a try that was told of both by a list outlives it.
     */
    private static final Duration LEFT = SessionSearch.SECOND.plusMillis(500);

    /** Until then whatever becomes of the first: nobody else is given it before {@link SessionSearch#SECOND}. */
    static final Duration WITHDRAWN = SessionSearch.SECOND.minusMillis(500);

    private final ClusterContext context;
    private final KubernetesPool pool;
    private final Gate gate;
    private final Set<SessionSearch> waiting = new LinkedHashSet<>();
    /** Under way. */
    private final Map<KnownPod, CompletableFuture<Looked>> looks = new HashMap<>();

    Requests(ClusterContext context, KubernetesPool pool, Gate gate) {
        this.context = context;
        this.pool = pool;
        this.gate = gate;
    }

    /** As {@link kit.orchestration.engine.Committer#existing}. */
    @Nullable
    CompletionStage<@Nullable Claim> existing(Call call) {
        RequestDigest digest = RequestDigest.of(call.request());
        if (digest == null
                || pool.sessions.ofRequest(digest.id()).stream()
                        .noneMatch(held -> held.concerns(call.request(), digest))) {
            return null;
        }
        Retry retry = new Retry(call);
        SessionSearch search = new SessionSearch(context, pool, this, call.request(), digest, retry, null);
        context.loop().execute(search::look);
        return retry.answer;
    }

    /**
     * A claim with a request id is written, and the watch has told of it.
     *
     * @param since when it was about to be written, by the loop's time
     */
    void told(Place place, Reservation<KnownPod> reservation, Held held, long since) {
        RequestDigest digest = Objects.requireNonNull(held.digest());
        Own own = new Own(place, held, since);
        new SessionSearch(context, pool, this, reservation.request(), digest, new Claimer(reservation, own), own)
                .look();
    }

    // ---- who waits, and what wakes them ----

    void await(SessionSearch search) {
        waiting.add(search);
    }

    /**
     * What the server says of a pod and its Lease from now on: who asks while it is being asked waits for the next
     * answer, with all others who do.
     */
    CompletableFuture<Looked> look(KnownPod pod, String podName, String leaseName) {
        CompletableFuture<Looked> earlier = looks.get(pod);
        return earlier == null
                ? beginLook(pod, podName, leaseName)
                : earlier.handle((looked, failure) -> pod)
                        .thenComposeAsync(p -> beginLook(p, podName, leaseName), context.loop());
    }

    private CompletableFuture<Looked> beginLook(KnownPod pod, String podName, String leaseName) {
        CompletableFuture<Looked> begun = looks.get(pod);
        if (begun != null) {
            return begun;
        }
        CompletableFuture<Looked> look = gate.pass(
                        () -> context.pod(podName).thenCombine(context.api().get(leaseName), Looked::new))
                .whenCompleteAsync((looked, failure) -> looks.remove(pod), context.loop());
        if (!look.isDone()) {
            looks.put(pod, look); // who waits for it finds it gone when it is answered
        }
        return look;
    }

    /** It has waited long enough, if it still does. */
    void resume(SessionSearch search) {
        if (waiting.remove(search)) {
            search.look();
        }
    }

    /** Later, when all that is told together was told: of half a list nobody knows what was first. */
    private void wake(Predicate<SessionSearch> which) {
        if (!waiting.isEmpty()) {
            List<SessionSearch> woken = waiting.stream().filter(which).toList();
            woken.forEach(waiting::remove);
            woken.forEach(search -> context.loop().after(Duration.ZERO, search::look));
        }
    }

    /** What holds a slot has changed; {@link SessionIndex} was told. */
    void changed(Change change) {
        if (hasRequestId(change.before()) || hasRequestId(change.after())) {
            wake(search -> search.isOf(change.before()) || search.isOf(change.after()));
        }
    }

    private static boolean hasRequestId(@Nullable Held held) {
        return held != null && held.digest() != null;
    }

    /** A pod, or its Lease, is not what it was. */
    void podChanged(KnownPod pod) {
        wake(search -> search.isAbout(pod));
    }

    /** What was in doubt is as it is known. */
    void doubtIsOver() {
        wake(search -> true);
    }

    /** Those that nobody waits for any more hold nothing. */
    void tick() {
        wake(search -> !search.isWanted());
    }

    /**
     * Sessions that came second, and whose allocator is gone before it has withdrawn them: whoever has seen which of
     * them was first does, or an allocator that is told of both by one list could answer none of their tries.
     */
    void mend() {
        long now = context.loop().nanoTime();
        for (List<Holding> holdings : pool.sessions.doubled()) {
            Holding first = holdings.get(0);
            holdings.stream()
                    .skip(1)
                    .filter(later -> !later.held().revoked()
                            && isBefore(first, later)
                            && now - later.seen().nanos() > LEFT.toNanos())
                    .forEach(later -> pool.withdraw(later.place(), later.held(), first.held(), now));
        }
    }

    /**
     * Whether it was first for whoever has claimed the other, too: it may not see what is on pods of other labels, nor
     * what a Lease says that is gone for a while.
     */
    private static boolean isBefore(Holding first, Holding later) {
        KnownPod pod = first.place().pod();
        return first.seen().inTurn()
                && later.seen().inTurn()
                && pod.standing() == Standing.COUNTS
                && first.labels().equals(pod.labels())
                && Objects.equals(first.held().digest(), later.held().digest());
    }

    /** Why a request's session is given to nobody, though it is there; empty if that is not so. Any thread. */
    Optional<Doubt> problem(AllocateReq request) {
        RequestDigest digest = RequestDigest.of(request);
        List<Holding> holdings = digest == null ? List.of() : pool.sessions.ofRequest(digest.id());
        if (SessionSearch.isAmbiguous(holdings)) {
            return Optional.of(new Doubt(
                    "two claims are there for its requestId, and which of them was first nobody here has seen; until "
                            + "one has ended (it is withdrawn, its claimTtl passes, or it is released) neither is "
                            + "given out",
                    null));
        }
        return holdings.stream()
                .map(holding -> holding.place().pod())
                .findFirst()
                .filter(pod -> pod.address() == null)
                .map(pod -> new Doubt(
                        "the session of its requestId is there, but not where to dial: " + whyNot(pod), null));
    }

    private static String whyNot(KnownPod pod) {
        String fault = pod.addressFault();
        return fault != null
                ? fault
                : pod + " has no address yet, or its node was not seen, if players are to dial that";
    }

    /** A call whose request id has a session already. */
    private static final class Retry implements SessionSearch.Asker {

        private final Call call;
        private final CompletableFuture<@Nullable Claim> answer = new CompletableFuture<>();

        Retry(Call call) {
            this.call = call;
        }

        @Override
        public boolean isWanted() {
            return !call.isSettled();
        }

        @Override
        public void found(Holding holding, Claim claim) {
            answer.complete(claim);
        }

        @Override
        public void none() {
            answer.complete(null);
        }

        @Override
        public void failed(Holding holding, AllocationException error) {
            answer.completeExceptionally(error);
        }
    }

    /**
     * A claim of this allocator. If nobody waits for it any more, it stays for the next try, or its time: another
     * allocator may have told its caller of it.
     */
    private final class Claimer implements SessionSearch.Asker {

        private final Reservation<KnownPod> reservation;
        private final Own own;

        private boolean withdrawn;

        Claimer(Reservation<KnownPod> reservation, Own own) {
            this.reservation = reservation;
            this.own = own;
        }

        @Override
        public boolean isWanted() {
            return reservation.isWanted();
        }

        @Override
        public void found(Holding holding, Claim claim) {
            if (own.is(holding)) {
                reservation.applied(claim);
            } else {
                second(holding);
                reservation.twin(claim);
            }
        }

        @Override
        public void none() {
            reservation.lost();
        }

        @Override
        public void gone() {
            if (!withdrawn && own.place().pod().holders().isHeldBy(own.place().slot(), own.held())) {
                // Its pod and its Lease have become another pool's; and another allocator may have told of it.
                pool.revokeLate(own.place(), own.held());
            }
            reservation.lost();
        }

        @Override
        public void failed(Holding holding, AllocationException error) {
            if (!own.is(holding)) {
                second(holding);
            }
            reservation.failed(error);
        }

        @Override
        public void second(Holding first) {
            if (!withdrawn) {
                withdrawn = true;
                pool.withdraw(own.place(), own.held(), first.held(), own.since() + WITHDRAWN.toNanos());
            }
        }
    }
}
