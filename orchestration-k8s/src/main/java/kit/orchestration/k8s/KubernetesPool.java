package kit.orchestration.k8s;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Committer;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.Ledger.Change;
import kit.orchestration.k8s.Sessions.Place;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * A pool as one allocator sees it: the engine's pool, committing to the ledgers of its pods, and fed with what the watch
 * tells of them. News comes on the {@link Loop}; the rest by any thread.
 */
final class KubernetesPool implements Committer<PodLedger> {

    /** How long a Lease that nobody renews is taken for its holder's. */
    static final Duration HOLD = Duration.ofSeconds(3);

    /** How long a release is remembered of a session that the watch has not told of yet. */
    private static final Duration UNSEEN = Duration.ofSeconds(10);

    private static final int UNSEEN_LIMIT = 10_000;

    private final Context context;
    private final Pool<PodLedger> engine;
    private final Sessions sessions = new Sessions();
    private final Releases releases;
    private final Requests requests;
    private final ClaimWriter writer;
    /** Sessions that were released before the watch has told of them. On the loop. */
    private final Set<String> unseen = new HashSet<>();

    private volatile boolean known;

    KubernetesPool(Pool.Settings settings, Context context) {
        this.context = context;
        this.engine = new Pool<>(settings, this);
        this.releases = new Releases(context);
        this.requests = new Requests(context, sessions, releases, engine::place);
        this.writer = new ClaimWriter(context, this);
    }

    String name() {
        return engine.name();
    }

    Pool<PodLedger> engine() {
        return engine;
    }

    /** Whether it was declared, or had a pod. */
    boolean isKnown() {
        return known;
    }

    void makeKnown() {
        known = true;
    }

    // ---- news, on the loop ----

    void joined(PodLedger pod) {
        pod.joined(engine.pod(pod.pod().name(), pod, PodLedger.versions(pod.lease())));
        rank(pod);
        tell(pod, pod.state());
    }

    /**
     * The pod or its Lease has changed. A pod that closes and frees its slots at once must not have room on the way, or whoever
     * waits is sent to it; nor one that opens before its slots are known.
     */
    void changed(PodLedger pod) {
        PodState state = pod.state();
        if (state != PodState.READY) {
            tell(pod, state);
        }
        engine.slotsSeen(pod.engine(), PodLedger.versions(pod.lease()));
        rank(pod);
        if (state == PodState.READY) {
            tell(pod, state);
        }
    }

    private void tell(PodLedger pod, PodState state) {
        engine.update(pod.engine(), pod.nextRevision(), state, pod.pod().labels());
    }

    void gone(PodLedger pod) {
        engine.remove(pod.engine());
    }

    /** Who fills the pod may have changed, or have fallen silent. */
    void rank(PodLedger pod) {
        if (context.identity() != null) {
            engine.rank(pod.engine(), pod.ledger().rank(context.identity(), HOLD.toNanos()));
        }
    }

    /**
     * What the watch tells of a ledger's slots, also of one whose pod it has not told of.
     *
     * @param listing which list told it, 0 if none
     */
    void told(Ledger ledger, List<Change> changes, int listing) {
        Instant now = context.timing().clock().instant();
        for (Change change : changes) {
            LedgerSlot.Held before = Texts.claim(change.before());
            LedgerSlot.Held after = Texts.claim(change.after());
            sessions.changed(ledger, change.slot(), before, after, now, listing);
            requests.told(ledger, change.slot(), change.after());
            if (after == null) {
                continue;
            }
            if (after.digest() != null) {
                engine.requestSeen(after.digest().id());
            }
            if (unseen.remove(after.sessionId())) {
                releases.revoke(ledger, change.slot(), after.sessionId());
            }
        }
    }

    // ---- claims ----

    /** Whether a claim may say that this allocator fills the pod: not if another one does. */
    boolean mayHold(PodLedger pod) {
        return context.identity() != null && pod.ledger().rank(context.identity(), HOLD.toNanos()) < 2;
    }

    @Override
    public void commit(PodLedger ledger, List<Reservation<PodLedger>> batch) {
        writer.write(ledger, batch);
    }

    @Override
    public boolean seesAll() {
        return context.api().reach().isClear();
    }

    /** A Lease was read; its slots are news, but what came in which order only the watch tells. */
    void read(PodLedger pod, LeaseView lease) {
        if (pod.ledger().isContinuedBy(lease)) {
            engine.slotsSeen(pod.engine(), PodLedger.versions(lease));
        }
    }

    /** Claims are written, made from that state of the Lease. */
    void written(PodLedger pod, LeaseView lease, Map<Reservation<PodLedger>, LedgerSlot.Held> helds) {
        Instant now = context.timing().clock().instant();
        Ledger ledger = pod.ledger();
        LedgerState boot = lease.ledgerState();
        context.loop()
                .execute(() -> helds.forEach((reservation, held) -> {
                    sessions.claimed(ledger, reservation.slot(), held);
                    if (held.digest() != null) {
                        requests.written(ledger, reservation, held);
                    }
                }));
        Map<Reservation<PodLedger>, Claim> answers = new LinkedHashMap<>();
        List<Reservation<PodLedger>> unreachable = new ArrayList<>(0);
        helds.forEach((reservation, held) -> {
            if (held.digest() == null) {
                Claim claim = Claims.of(ledger, boot, reservation.slot(), held, now);
                if (claim == null) {
                    unreachable.add(reservation); // the pod is gone
                } else {
                    answers.put(reservation, claim);
                }
            }
        });
        Reservation.appliedAll(List.copyOf(answers.keySet()), answers::get);
        Reservation.lostAll(unreachable);
    }

    @Override
    public @Nullable CompletionStage<Claim> existing(Call call) {
        return requests.existing(call);
    }

    /**
     * Frees the slot of a claim that no caller has. Not one with a request id: another allocator may have found it, and
     * told its caller; so it is left for the next try, or its time.
     */
    @Override
    public void giveBack(Claim claim) {
        context.writes().register();
        context.loop().execute(() -> {
            Place place = sessions.find(claim.sessionId());
            if (place != null && !hasRequestId(place, claim.sessionId())) {
                releases.free(place.ledger(), place.slot(), claim.sessionId());
            }
            context.writes().arriveAndDeregister();
        });
    }

    private static boolean hasRequestId(Place place, String sessionId) {
        LedgerSlot.Held held = Texts.claim(place.ledger().lease().slot(place.slot()));
        return held != null && held.sessionId().equals(sessionId) && held.digest() != null;
    }

    // ---- releases ----

    /** As {@link kit.orchestration.Allocator#release(String, String)}; done when it is written. */
    CompletableFuture<Void> release(String sessionId) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        context.loop().execute(() -> {
            Place place = sessions.find(sessionId);
            if (place == null) {
                remember(sessionId);
                done.complete(null);
            } else {
                releases.revoke(place.ledger(), place.slot(), sessionId).whenComplete((end, failure) -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
            }
        });
        return done;
    }

    /** Another allocator may have claimed it just now, so that the watch tells of it in a moment. */
    private void remember(String sessionId) {
        if (unseen.size() < UNSEEN_LIMIT && unseen.add(sessionId)) {
            context.loop().after(UNSEEN, () -> unseen.remove(sessionId));
        }
    }
}
