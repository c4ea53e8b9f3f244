package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Quiet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That a pool which looks full is full. What the watches tell is not enough: where the API server takes no writes the
 * pods can't write what has ended, a watch may be silent, and this process may have stood still. So before anybody is
 * refused the pods get {@linkplain PodsTime time} to write, and then something is written into a Lease, and its own
 * event waited for: a server that takes that takes the pods' writes, too, and a watch that tells it has told all that
 * they had written before, in whatever Lease. It costs a PATCH of a Lease, and the event of that to everybody who
 * watches; so it is taken only while somebody is to be refused.
 *
 * <p>Proofs are numbered: who is to be refused waits for the first that begins after that. Several may be in their
 * pods' time, a moment apart; the writes come one after the other, and each proves all whose time is over by then.
 */
final class Proof {

    private static final Logger log = LoggerFactory.getLogger(Proof.class);

    /** From the begin of one to that of the next, at least. */
    private static final Duration GAP = Duration.ofMillis(30);

    /** For so long a write without an answer keeps others waiting. */
    private static final Duration SILENT = Duration.ofSeconds(1);

    /** How long it holds, for who had to wait for something else meanwhile. */
    private static final Duration VALID = Duration.ofSeconds(1);

    /** So many Leases are tried at once, if each refuses what is about that one alone. */
    private static final int IN_A_ROW = 16;

    /** How long it is said why one failed: longer than until the next fails, if somebody waits for it yet. */
    private static final Duration TOLD = Duration.ofSeconds(5);

    private final ClusterContext context;
    private final ClusterView view;
    private final String pool;
    private final Set<KnownPod> pods;
    private final PodsTime podsTime;
    private final Predicate<KnownPod> sound;
    private final Consumer<ApiException> refused;
    private final Runnable then;
    /** The last that somebody waits for. */
    private final AtomicLong asked = new AtomicLong();

    // Written on the loop.

    private final Quiet quiet;
    private final LastingRefusal refusal = new LastingRefusal();
    private Backoff backoff = Backoff.FIRST;
    /** Whose Leases took no proof; once all are, none. */
    private final Set<KnownPod> unwritten = new HashSet<>();

    private int inARow;
    /** Whose Lease took the last; null if none did. */
    private @Nullable KnownPod proven;

    /** The last that has begun, the last whose pods have had their time, and the last that has ended. */
    private volatile long begun;

    private volatile long ready;
    private volatile long ended;

    private volatile long begunNanos;
    private volatile long endedNanos;
    /** The one that is being written, and not slow to be answered, or was in vain, and is not to be repeated yet. */
    private volatile @Nullable Object writing;

    private volatile @Nullable Doubt problem;
    private volatile long failedNanos;

    /**
     * Of a pool.
     *
     * @param pool its name
     * @param pods its pods; looked at on the loop
     * @param sound whether a pod's Lease has taken its last claim
     * @param podsTime what they get to write
     * @param refused told if we may not patch
     * @param then done at the end of each, and when another is to be begun
     */
    Proof(
            String pool,
            ClusterContext context,
            ClusterView view,
            Set<KnownPod> pods,
            Predicate<KnownPod> sound,
            PodsTime podsTime,
            Consumer<ApiException> refused,
            Runnable then) {
        this.pool = pool;
        this.context = context;
        this.view = view;
        this.pods = pods;
        this.sound = sound;
        this.podsTime = podsTime;
        this.refused = refused;
        this.then = then;
        this.quiet = new Quiet(context.loop().nanoTime());
        this.begunNanos = context.loop().nanoTime() - GAP.toNanos();
    }

    /** The number of the next that begins. Any thread. */
    long next() {
        return begun + 1;
    }

    /** The number of the last that ended and still holds, 0 if none does. Any thread. */
    long last() {
        return context.loop().nanoTime() - endedNanos < VALID.toNanos() ? ended : 0;
    }

    /** Why one that somebody waits for does not end; empty if none is waited for, or it ends. Any thread. */
    Optional<Doubt> problem() {
        return context.loop().nanoTime() - failedNanos < TOLD.toNanos()
                ? Optional.ofNullable(problem)
                : Optional.empty();
    }

    /** Begins that of this number, unless it has; and writes again what somebody waits for yet. Any thread. */
    void take(long number) {
        if (number > asked.getAndAccumulate(number, Math::max)) {
            long wait = begunNanos + GAP.toNanos() - context.loop().nanoTime();
            context.loop().after(Duration.ofNanos(Math.max(0, wait)), this::begin);
        } else if ((number <= ready || ended < ready) && writing == null) {
            context.loop().execute(this::write);
        }
    }

    private void begin() {
        view.hurryPods();
        begunNanos = context.loop().nanoTime();
        long number = next();
        begun = number;
        podsTime.then(() -> {
            ready = Math.max(ready, number);
            write();
        });
    }

    private void write() {
        if (writing == null && ready > last()) {
            Object mine = new Object();
            writing = mine;
            context.loop().after(SILENT, () -> {
                if (mine == writing) {
                    over(mine); // its connection may be dead
                }
            });
            write(ready, mine);
        }
    }

    private void write(long number, Object mine) {
        KnownPod pod = anyPod();
        Lease lease = pod == null ? null : pod.lease();
        if (pod == null || lease == null) {
            askForNone(pod, number, mine);
            return;
        }
        long start = context.loop().nanoTime();
        LeasePatch patch = LeasePatch.of(lease)
                .set(LedgerNames.PROOF, Long.toHexString(context.random().nextLong()));
        context.loop().whenDone(context.api().patch(lease.name(), patch), (version, failure) -> {
            if (failure == null) {
                podsTime.wrote(context.loop().nanoTime() - start);
                proven = pod;
                view.expect(pod, lease, version, () -> ended(number, mine));
            } else if (ApiException.of(failure).kind() == Kind.NOT_FOUND) {
                view.leaseIsMissing(pod, lease); // which proves nothing of others
                write(number, mine);
            } else {
                unwritten.add(pod);
                refused(ApiException.of(failure), number, mine);
            }
        });
    }

    /**
     * A pod with a Lease, if there is any, that was not tried in vain: a Lease may take no change. Where some were, the
     * one that took the last; else one that has not refused its last claim, if there is any; and of those one that
     * takes sessions.
     */
    private @Nullable KnownPod anyPod() {
        List<KnownPod> some = new ArrayList<>(pods);
        if (some.isEmpty()) {
            return null;
        }
        Collections.rotate(some, context.random().nextInt(some.size()));
        if (some.stream().allMatch(pod -> pod.lease() == null || unwritten.contains(pod))) {
            unwritten.clear();
        }
        return some.stream()
                .filter(pod -> pod.lease() != null)
                .min(Comparator.<KnownPod, Boolean>comparing(unwritten::contains)
                        .thenComparing(pod -> !unwritten.isEmpty() && !pod.equals(proven))
                        .thenComparing(pod -> !sound.test(pod))
                        .thenComparing(pod -> pod.state() != PodState.READY))
                .orElse(some.get(0));
    }

    /** Nothing is here that could be full, if the watch of Leases misses none, and a server says so that answers. */
    private void askForNone(@Nullable KnownPod pod, long number, Object mine) {
        PodFacts facts = pod == null ? null : pod.pod();
        String name = facts == null || facts.leaseName().isEmpty() ? LedgerNames.PROOF : facts.leaseName();
        context.loop().whenDone(context.api().get(name), (found, failure) -> {
            if (failure != null) {
                failed(ApiException.of(failure), mine);
            } else if (pod != null
                    && pod.lease() == null
                    && found.isPresent()
                    && found.get().pool().equals(pool)
                    && pod.uid().equals(found.get().podUid())) {
                view.suspectLeases();
                again(mine);
            } else {
                ended(number, mine);
            }
        });
    }

    private void ended(long number, Object mine) {
        quiet.isOver();
        refusal.isOver();
        problem = null;
        backoff = Backoff.FIRST;
        unwritten.retainAll(pods); // those that take none would take none of the next
        ended = Math.max(ended, number);
        endedNanos = context.loop().nanoTime();
        over(mine);
    }

    /** The Lease may be at fault: then another is tried at once, unless too many were, or all. */
    private void refused(ApiException error, long number, Object mine) {
        boolean isTheLeases = !isTheServers(error) && (!error.isOutage() || error.isDenial());
        boolean isAnyLeft = pods.stream().anyMatch(pod -> pod.lease() != null && !unwritten.contains(pod));
        if (isTheLeases && isAnyLeft && mine == writing && ++inARow < IN_A_ROW) {
            told(error);
            write(number, mine);
        } else {
            failed(error, mine);
        }
    }

    private void failed(ApiException error, Object mine) {
        told(error);
        again(mine);
    }

    private static boolean isTheServers(ApiException error) {
        return error.isLackOfRight() || error.code() == 401;
    }

    private void told(ApiException error) {
        failedNanos = context.loop().nanoTime();
        problem = new Doubt("that the pool is full could not be made sure of: " + error.problem(), error);
        if (isTheServers(error)) { // all else may be about that one Lease
            if (refusal.lasts(error, context.loop().nanoTime())) {
                refused.accept(error);
            }
        } else if (quiet.isNews(error.problem(), context.loop().nanoTime())) {
            log.warn("pool {}: that it is full could not be made sure of, trying again: {}", pool, error.problem());
        }
    }

    /** What the server asks for is heeded by who asks for proofs: none is asked for while it is in trouble. */
    private void again(Object mine) {
        backoff = backoff.longer();
        context.loop().after(backoff.pause(context.random()), () -> over(mine));
    }

    private void over(Object mine) {
        if (mine == writing) {
            writing = null;
            inARow = 0;
        }
        then.run(); // which asks for what somebody waits for yet
    }
}
