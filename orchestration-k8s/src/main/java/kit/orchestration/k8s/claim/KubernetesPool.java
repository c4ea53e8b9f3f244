package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.PoolStatus;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.Placer;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.claim.SessionIndex.Told;
import kit.orchestration.k8s.upkeep.LedgerKeys;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.k8s.view.PoolNews;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/**
 * A pool as one allocator sees it: the engine's pool, committing to the ledgers of its pods, and fed with what the view
 * tells of them. News comes on the loop; the rest by any thread.
 *
 * <p>The stages of a claim: it is <em>written</em> when the server has answered, and its pod's writer is free for the
 * next batch; <em>told</em> when its own event has come back through the watch, and only then a caller with a request
 * id may have it; <em>settled</em> when the caller has it, or it is given back.
 */
public final class KubernetesPool implements Committer<KnownPod>, PoolNews {

    /** Why a pod is misconfigured, and its labels then. */
    private record Fault(String text, Map<String, String> labels) {}

    /** So many looks and releases are under way at a time. */
    private static final int MANY = 32;

    private final ClusterContext context;
    final ClusterView view;
    final Pool<KnownPod> engine;
    final SessionIndex sessions = new SessionIndex();
    final LedgerKeys keys;
    private final SessionReleases releases;
    private final Requests requests;
    private final ReleasedSessions released;
    private final ClaimWriter writer;
    final RefusingPods refusing;
    private final LastingRefusal watchRefusal = new LastingRefusal();
    private boolean listed;
    /** The ticks, one after the other, at which all pods were told of and nothing was in doubt. */
    private int wellTicks;
    /** Whether lists and watches have worked for a while: until then a refusal is told at once. On the loop. */
    private boolean worked;

    private final Proof proof;
    /** Those that have joined. On the loop. */
    private final Map<KnownPod, Pod<KnownPod>> pods = new LinkedHashMap<>();
    /** Of the news that the engine is told. On the loop. */
    private long revision;

    /** How its pods are labelled, for whoever has none. */
    private final String labelling;
    /** Of the pods that are misconfigured. */
    private final Map<KnownPod, Fault> faults = new ConcurrentHashMap<>();

    private volatile boolean known;

    KubernetesPool(
            Pool.Settings settings, ClusterContext context, LedgerKeys keys, ClusterView view, String labelling) {
        this.labelling = labelling;
        this.context = context;
        this.view = view;
        this.keys = keys;
        this.engine = new Pool<>(settings, this);
        Gate gate = new Gate(context.loop(), MANY);
        this.releases = new SessionReleases(context, view, gate, this::remember);
        this.released = new ReleasedSessions(context, name(), view, sessions, releases);
        this.requests = new Requests(context, this, gate);
        this.refusing = new RefusingPods(context, view);
        this.writer = new ClaimWriter(context, this);
        PodsTime time = new PodsTime(context, pods.keySet(), writer::answered);
        this.proof = new Proof(
                name(),
                context,
                view,
                pods.keySet(),
                pod -> refusing.count(pod) == 0,
                time,
                this::refuseAll,
                engine::look);
    }

    String name() {
        return engine.name();
    }

    /** Whether it was declared, or had a pod. */
    boolean isKnown() {
        return known;
    }

    void makeKnown() {
        known = true;
    }

    /** What it holds now. */
    public PoolStatus status(Optional<Duration> viewAge) {
        return engine.status(viewAge);
    }

    /** Where calls for it go. */
    public Placer placer() {
        return engine;
    }

    // ---- news, on the loop ----

    @Override
    public void joined(KnownPod pod) {
        pods.put(pod, engine.pod(String.valueOf(pod), pod, pod.versions()));
        rank(pod);
        tell(pod, pod.state());
        keys.mend(pod);
        requests.podChanged(pod);
    }

    /**
     * A pod that closes and frees its slots at once must not have room on the way, or whoever waits is sent to it; nor
     * one that opens before its slots are known.
     */
    @Override
    public void changed(KnownPod pod) {
        PodState state = pod.state();
        if (state != PodState.READY) {
            tell(pod, state);
        }
        engine.slotsSeen(joinedAs(pod), pod.versions());
        rank(pod);
        if (state == PodState.READY) {
            tell(pod, state);
        }
        keys.mend(pod);
        requests.podChanged(pod);
    }

    private Pod<KnownPod> joinedAs(KnownPod pod) {
        return Objects.requireNonNull(pods.get(pod));
    }

    private void tell(KnownPod pod, PodState state) {
        PodFacts facts = pod.pod();
        if (state == PodState.MISCONFIGURED && facts != null) {
            faults.put(pod, new Fault("pod " + facts.name() + ": " + pod.fault(), pod.labels()));
        } else {
            faults.remove(pod);
        }
        engine.update(joinedAs(pod), ++revision, state, pod.labels());
    }

    @Override
    public void left(KnownPod pod) {
        engine.remove(joinedAs(pod));
        pods.remove(pod);
        faults.remove(pod);
        refusing.left(pod);
        requests.podChanged(pod);
    }

    /** Who fills the pod may have changed, or have fallen silent, or its node be about to go, or its Lease refuse. */
    private void rank(KnownPod pod) {
        PodRank rank = pod.rank(context.identity(), context.loop().nanoTime());
        boolean isLast = rank != PodRank.LEAVING && refusing.isLast(pod);
        engine.rank(joinedAs(pod), isLast ? PodRank.REFUSING : rank);
    }

    @Override
    public void slots(KnownPod pod, List<Change> changes, int listing, boolean inTurn) {
        Told now = new Told(
                context.timing().clock().instant(), context.loop().nanoTime(), listing, inTurn && pod.pod() != null);
        for (Change change : changes) {
            Held after = change.after();
            sessions.changed(new Place(pod, change.slot()), change.before(), after, now);
            requests.changed(change);
            if (after != null && after.digest() != null) {
                engine.requestSeen(after.digest().id());
            }
            if (after != null) {
                released.seen(new Place(pod, change.slot()), after);
            }
        }
    }

    @Override
    public void doubtChanged() {
        Optional<Doubt> doubt = view.doubt();
        if (doubt.isPresent()) {
            wellTicks = 0;
        }
        Optional<ApiException> refusal = doubt.filter(Doubt::isRefusal).flatMap(Doubt::error);
        if (refusal.isEmpty()) {
            watchRefusal.isOver();
        } else if (watchRefusal.lasts(refusal.get(), context.loop().nanoTime()) || !worked) {
            refuseAll(refusal.get());
        }
        if (doubt.isEmpty()) {
            requests.doubtIsOver();
        } else {
            requests.tick();
        }
        released.decide();
        engine.look();
    }

    /** Each second: what time alone has changed, and what failed and is tried again. */
    void tick() {
        pods.keySet().forEach(this::rank);
        wellTicks = listed ? wellTicks + 1 : 0;
        doubtChanged();
        worked |= wellTicks > 1; // a list that is good may be followed by a watch that is not
        requests.mend();
    }

    /** All pods are told of: whoever has waited for that goes on. */
    void listed() {
        listed = true;
        engine.listed();
    }

    private void refuseAll(ApiException error) {
        engine.refuseAll(call -> new BackendException(
                error.problem() + ClusterContext.wayOut(error),
                name(),
                call.request(),
                Outcome.NOT_APPLIED,
                false,
                error));
    }

    // ---- claims ----

    /** Whether a claim may say that this allocator fills the pod: not if another one does, or nobody should. */
    boolean mayHold(KnownPod pod) {
        PodRank rank = pod.rank(context.identity(), context.loop().nanoTime());
        return context.identity() != null && (rank == PodRank.PREFERRED || rank == PodRank.UNRANKED);
    }

    @Override
    public String wayOut(AllocateReq request, PodCounts counts) {
        if (counts.seen() == 0) {
            return labelling;
        }
        Optional<String> fault = faults.values().stream()
                .filter(each ->
                        each.labels().entrySet().containsAll(request.selectors().entrySet()))
                .map(Fault::text)
                .min(Comparator.naturalOrder());
        if (counts.misconfigured() > 0 && fault.isPresent()) {
            return fault.get();
        }
        return counts.notReady() == 0
                ? ""
                : "a pod takes sessions once its game server has called ready() and the kubelet finds it ready: its"
                        + " /readyz says what is missing, or its log if it does not start";
    }

    @Override
    public void commit(KnownPod pod, List<Reservation<KnownPod>> batch) {
        writer.write(pod, batch);
    }

    /** Why nobody can be refused; empty if that is not known. Any thread. */
    public Optional<Doubt> problem() {
        return proof.problem();
    }

    @Override
    public long nextProof() {
        return proof.next();
    }

    @Override
    public long proven() {
        return view.mayBeProven() ? proof.last() : -1;
    }

    @Override
    public void prove(long number) {
        proof.take(number);
    }

    /** A claim alone was refused by its pod's Lease. On the loop. */
    void refused(KnownPod pod, ApiException error, AllocateReq request) {
        if (pods.containsKey(pod)) {
            refusing.refused(pod, error, request);
            rank(pod);
        }
    }

    /**
     * Whether a claim that its pod refuses, too, might be taken by another: if that is full now, or takes no sessions
     * yet, the same call may succeed later. On the loop.
     */
    boolean mayTake(Reservation<KnownPod> claim) {
        Set<KnownPod> refusedBy = refusedBy(claim);
        return refusedBy.size() < Reservation.REFUSALS
                && isAny(claim, pod -> pod.state() != PodState.DRAINING && !refusedBy.contains(pod));
    }

    /** A claim that brings something with it, and that all have refused: it is no pod's fault, as far as it goes. */
    void forgive(Reservation<KnownPod> claim) {
        Set<KnownPod> refusedBy = refusedBy(claim);
        if (!RefusingPods.brought(claim.request()).isEmpty()
                && !isAny(claim, pod -> pod.state() == PodState.READY && !refusedBy.contains(pod))) {
            refusedBy.stream().filter(pods::containsKey).forEach(pod -> {
                refusing.forgive(pod);
                rank(pod);
            });
        }
    }

    private static Set<KnownPod> refusedBy(Reservation<KnownPod> claim) {
        Set<KnownPod> refusedBy = new HashSet<>();
        claim.refusedBy().forEach(pod -> refusedBy.add(pod.handle()));
        refusedBy.add(claim.pod().handle());
        return refusedBy;
    }

    /** Whether any of those that the claim's selectors ask for is so. */
    private boolean isAny(Reservation<KnownPod> claim, Predicate<KnownPod> what) {
        return pods.keySet().stream()
                .anyMatch(pod -> pod.labels()
                                .entrySet()
                                .containsAll(claim.request().selectors().entrySet())
                        && what.test(pod));
    }

    /** These claims their pod has no room for, though it has slots. Any thread. */
    void unfit(KnownPod pod, List<Reservation<KnownPod>> claims) {
        if (!claims.isEmpty()) {
            context.loop().execute(pod::isTight);
            claims.forEach(Reservation::unfit);
        }
    }

    /** Claims are written, by what the Lease was at this version. Any thread. */
    void written(ClaimBatch batch, long version) {
        Instant now = context.timing().clock().instant();
        LedgerState state = batch.lease().state();
        String boot = state == null ? null : state.bootId();
        Map<Reservation<KnownPod>, Claim> answers = new LinkedHashMap<>();
        batch.helds().forEach((reservation, held) -> {
            Claim claim = held.digest() != null
                    ? null
                    : ClaimBatch.claim(name(), batch.pod(), boot, reservation.slot(), held, now);
            if (claim != null) {
                answers.put(reservation, claim);
            }
        });
        ClaimBatch later = batch.without(answers.keySet());
        context.loop().execute(() -> writtenOnLoop(batch, later, version));
        Reservation.written(later.claims());
        Reservation.appliedAll(List.copyOf(answers.keySet()), answers::get);
    }

    /**
     * The watch tells of them in a moment.
     *
     * @param later those whose callers get them, or not, when it has: they have a request id, or their pod has no
     *     address
     */
    private void writtenOnLoop(ClaimBatch batch, ClaimBatch later, long version) {
        writer.isWell();
        if (refusing.takes(batch.pod()) && pods.containsKey(batch.pod())) {
            rank(batch.pod());
        }
        batch.helds().forEach((reservation, held) -> {
            sessions.claimed(place(reservation), held);
            Map<String, String> brought = RefusingPods.brought(reservation.request());
            reservation.refusedBy().forEach(pod -> refusing.wasTakenElsewhere(pod.handle(), brought));
        });
        later.helds().forEach((reservation, held) -> {
            if (held.digest() == null) { // nobody can be told where to dial, and nobody else knows of it
                free(place(reservation), held);
                reservation.lost();
            }
        });
        view.expect(
                batch.pod(),
                batch.lease(),
                version,
                () -> batch.helds().forEach((reservation, held) -> {
                    if (!batch.pod().holders().isHeldBy(reservation.slot(), held)
                            || batch.pod().directory() == null) {
                        sessions.ended(place(reservation), held);
                    }
                    if (held.digest() != null) {
                        requests.told(place(reservation), reservation, held, batch.since());
                    }
                }));
    }

    private static Place place(Reservation<KnownPod> reservation) {
        return new Place(reservation.pod().handle(), reservation.slot());
    }

    /** Frees the slot of a claim that nobody can start. On the loop. */
    void free(Place place, Held held) {
        releases.free(place, held.sessionId());
    }

    /**
     * Ends a claim of a request that came after another: in any case until that moment of the loop's time, and after it
     * for as long as the other lives, since the next try is given it then. On the loop.
     */
    void withdraw(Place place, Held held, Held first, long until) {
        releases.withdraw(
                place,
                held.sessionId(),
                () -> context.loop().nanoTime() - until > 0 && sessions.find(first.sessionId()) == null);
    }

    /** Why a request with an id has had no answer: what is known of it alone, or else of the pool. Any thread. */
    public Optional<Doubt> problem(AllocateReq request) {
        return requests.problem(request).or(this::problem);
    }

    /** Ends a claim that somebody may have started, or not. On the loop. */
    void revokeLate(Place place, Held held) {
        releases.revokeLate(place, held.sessionId());
    }

    @Override
    public @Nullable CompletionStage<@Nullable Claim> existing(Call call) {
        return requests.existing(call);
    }

    /**
     * Frees the slot of a claim that no caller has. Not one with a request id: another allocator may have found it, and
     * told its caller; so it is left for the next try, or its time.
     */
    @Override
    public void giveBack(Claim claim) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        context.writes().begin(end);
        context.loop().execute(() -> {
            Place place = sessions.find(claim.sessionId());
            if (place != null && !hasRequestId(place, claim.sessionId())) {
                releases.free(place, claim.sessionId());
            }
            end.complete(null);
        });
    }

    private static boolean hasRequestId(Place place, String sessionId) {
        Lease lease = place.pod().lease();
        Held held = lease == null ? null : LedgerSlot.claim(lease.slot(place.slot()));
        return held != null && held.sessionId().equals(sessionId) && held.digest() != null;
    }

    // ---- releases ----

    private void remember(String sessionId, BooleanSupplier isMoot) {
        released.remember(sessionId, isMoot);
    }

    /** Whether a write that ends it is on its way to the server, or has no answer yet. On the loop. */
    boolean isBeingEnded(String sessionId) {
        return releases.isOnItsWay(sessionId);
    }

    /** As {@link kit.orchestration.Allocator#release(String, String)}; done when it is written. */
    public CompletionStage<Void> release(String sessionId) {
        return released.release(sessionId);
    }
}
