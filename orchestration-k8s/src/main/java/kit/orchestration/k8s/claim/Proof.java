package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Quiet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That a pool which looks full is full. What the watches tell is not enough: where the API server takes no writes the
 * pods can't write what has ended, a watch may be silent, and this process may have stood still. So before anybody is
 * refused the pods get time to write, and then something is written into a Lease, and its own event waited for: a
 * server that takes that takes the pods' writes, too, and a watch that tells it has told all that they had written
 * before, in whatever Lease. It costs a PATCH of a Lease, and the event of that to everybody who watches; so it is
 * taken only while somebody is to be refused.
 *
 * <p>The pods' time begins when the claims under way are answered, since a pod gathers what ends while it has a free
 * slot. It is twice what a proof's own write took last, for one may be under way; and half a second more while a full
 * pod may gather.
 *
 * <p>Proofs are numbered: who is to be refused waits for the first that begins after that, and as many as wait by then
 * share it.
 */
final class Proof {

    private static final Logger log = LoggerFactory.getLogger(Proof.class);

    /** From the begin of one to that of the next, at least. */
    private static final Duration GAP = Duration.ofMillis(60);

    /** The least time that the pods get, and the most: a server that is slower for long is in trouble. */
    private static final Duration LEAST_WRITE = Duration.ofMillis(30);

    private static final Duration LONGEST_WRITE = Duration.ofMillis(100);

    /** So many pods that gather, at most, are told with each that somebody waits for what ends there. */
    private static final int TOLD = 16;

    /** How long it holds, for who had to wait for something else meanwhile. */
    private static final Duration VALID = Duration.ofSeconds(1);

    private final ClusterContext context;
    private final ClusterView view;
    private final String pool;
    private final Set<KnownPod> pods;
    private final Supplier<CompletionStage<Void>> claimsUnderWay;
    private final Consumer<ApiException> refused;
    private final Runnable then;
    private final AtomicBoolean asked = new AtomicBoolean();

    // On the loop.

    private final Quiet quiet;
    private Backoff backoff = Backoff.FIRST;
    /** What the pods get to write. */
    private long writeNanos = 2 * LEAST_WRITE.toNanos();

    private volatile long begun;
    private volatile long begunNanos;
    private volatile long ended;
    private volatile long endedNanos;

    /**
     * Of a pool.
     *
     * @param pool its name
     * @param pods its pods; looked at on the loop
     * @param claimsUnderWay done when the claims that are under way now are answered, or are slow to be
     * @param refused told if we may not patch
     * @param then done at the end of each, and when another is to be begun
     */
    Proof(
            String pool,
            ClusterContext context,
            ClusterView view,
            Set<KnownPod> pods,
            Supplier<CompletionStage<Void>> claimsUnderWay,
            Consumer<ApiException> refused,
            Runnable then) {
        this.pool = pool;
        this.context = context;
        this.view = view;
        this.pods = pods;
        this.claimsUnderWay = claimsUnderWay;
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

    /** Begins one if none is under way. Any thread. */
    void take() {
        if (!asked.getAndSet(true)) {
            long wait = begunNanos + GAP.toNanos() - context.loop().nanoTime();
            context.loop().after(Duration.ofNanos(Math.max(0, wait)), this::begin);
        }
    }

    private void begin() {
        view.hurryPods();
        begunNanos = context.loop().nanoTime();
        begun = next();
        boolean gathered = isAnyGathering();
        context.loop()
                .whenDone(
                        claimsUnderWay.get(),
                        (answered, none) ->
                                context.loop().after(Duration.ofNanos(writeNanos), () -> haveWritten(gathered)));
    }

    private boolean isAnyGathering() {
        return pods.stream().anyMatch(KnownPod::gathersWhileFull);
    }

    private void haveWritten(boolean gathered) {
        if (isAnyGathering()) {
            context.loop().after(Lease.GATHER_WHILE_FULL, this::ask);
        } else if (gathered) { // somebody else has told it meanwhile, and it writes now
            context.loop().after(Duration.ofNanos(writeNanos), this::ask);
        } else {
            ask();
        }
    }

    private void ask() {
        KnownPod pod = anyPod();
        Lease lease = pod == null ? null : pod.lease();
        if (pod == null || lease == null) {
            askForNone(pod);
            return;
        }
        pods.stream()
                .filter(other -> other != pod && other.gathersWhileFull())
                .limit(TOLD)
                .forEach(this::gatherNoMore);
        long start = context.loop().nanoTime();
        LeasePatch patch = LeasePatch.of(lease)
                .set(LedgerNames.PROOF, Long.toHexString(context.random().nextLong()))
                .roomElsewhere(false);
        context.loop().whenDone(context.api().patch(lease.name(), patch), (version, failure) -> {
            if (failure == null) {
                long twice = 2 * (context.loop().nanoTime() - start);
                writeNanos = Math.min(LONGEST_WRITE.toNanos(), Math.max(LEAST_WRITE.toNanos(), twice));
                view.expect(pod, lease, version, this::ended);
            } else if (ApiException.of(failure).kind() == Kind.NOT_FOUND) {
                view.leaseIsMissing(pod, lease); // which proves nothing of others
                ask();
            } else {
                failed(ApiException.of(failure));
            }
        });
    }

    /** So that the next refusal need not wait for it. If it fails that one does. */
    private void gatherNoMore(KnownPod pod) {
        Lease lease = Objects.requireNonNull(pod.lease());
        context.api()
                .patch(lease.name(), LeasePatch.of(lease).roomElsewhere(false))
                .whenComplete((version, failure) -> {
                    if (failure != null) {
                        log.debug("{} could not be told that somebody waits for what ends there", pod, failure);
                    }
                });
    }

    /**
     * A pod with a Lease, if there is any: one that takes sessions; and of these one that gathers though it is full,
     * since it does not any more when a proof was written there. After a failure any, since a Lease may take none.
     */
    private @Nullable KnownPod anyPod() {
        List<KnownPod> some = preferred(List.copyOf(pods), pod -> pod.lease() != null);
        if (backoff.equals(Backoff.FIRST)) {
            some = preferred(some, pod -> pod.state() == PodState.READY);
            some = preferred(some, KnownPod::gathersWhileFull);
        }
        return some.isEmpty() ? null : some.get(context.random().nextInt(some.size()));
    }

    private static List<KnownPod> preferred(List<KnownPod> pods, Predicate<KnownPod> which) {
        List<KnownPod> some = pods.stream().filter(which).toList();
        return some.isEmpty() ? pods : some;
    }

    /** Nothing is here that could be full, if the watch of Leases misses none, and a server says so that answers. */
    private void askForNone(@Nullable KnownPod pod) {
        PodFacts facts = pod == null ? null : pod.pod();
        String name = facts == null || facts.leaseName().isEmpty() ? LedgerNames.PROOF : facts.leaseName();
        context.loop().whenDone(context.api().get(name), (found, failure) -> {
            if (failure != null) {
                failed(ApiException.of(failure));
            } else if (pod != null
                    && pod.lease() == null
                    && found.isPresent()
                    && found.get().pool().equals(pool)
                    && pod.uid().equals(found.get().podUid())) {
                view.suspectLeases();
                again();
            } else {
                ended();
            }
        });
    }

    private void ended() {
        quiet.isOver();
        backoff = Backoff.FIRST;
        ended = begun;
        endedNanos = context.loop().nanoTime();
        over();
    }

    private void failed(ApiException error) {
        if (error.kind() == Kind.FORBIDDEN) {
            refused.accept(error);
        } else if (quiet.isNews(error.problem(), context.loop().nanoTime())) {
            log.warn("pool {}: that it is full could not be made sure of, trying again: {}", pool, error.problem());
        }
        again();
    }

    /** What the server asks for is heeded by who asks for proofs: none is asked for while it is in trouble. */
    private void again() {
        backoff = backoff.longer();
        context.loop().after(backoff.pause(context.random()), this::over);
    }

    private void over() {
        asked.set(false);
        then.run();
    }
}
