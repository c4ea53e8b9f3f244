package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.LeasePatch;
import kit.orchestration.ledger.lease.Quiet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That a pool which looks full is full. What the watches tell is not enough: where the API server takes no writes the
 * pods can't write what has ended, a watch may be silent, and this process may have stood still. So before anybody is
 * refused, and after the time that a pod needs to write, something is written into a Lease, and its own event waited
 * for: a server that takes that takes the pods' writes, too, and a watch that tells it has told all that they had
 * written before, in whatever Lease. It costs a PATCH of a Lease, and the event of that to everybody who watches; so it
 * is taken only while somebody is to be refused.
 *
 * <p>Proofs are numbered: who is to be refused waits for the first that begins after that, and as many as wait by then
 * share it.
 */
final class Proof {

    private static final Logger log = LoggerFactory.getLogger(Proof.class);

    /** From the begin of one to that of the next, at least. */
    private static final Duration GAP = Duration.ofMillis(60);

    /**
     * The least time that pods get to write that sessions have ended. They get twice what a write took last, since one
     * may be under way; and the time for which they may gather, while a full pod does.
     */
    private static final Duration LEAST_WRITE = Duration.ofMillis(30);

    /** How long it holds, for who had to wait for something else meanwhile. */
    private static final Duration VALID = Duration.ofSeconds(1);

    private final ClusterContext context;
    private final Supplier<@Nullable KnownPod> anyPod;
    private final BooleanSupplier gathers;
    private final ClusterView view;
    private final Consumer<ApiException> refused;
    private final Runnable then;
    private final String pool;
    private final Quiet quiet;
    private final AtomicBoolean asked = new AtomicBoolean();
    /** What pods get to write. On the loop. */
    private long write = 2 * LEAST_WRITE.toNanos();

    private volatile long begun;
    private volatile long begunNanos;
    private volatile long ended;
    private volatile long endedNanos;

    /**
     * Of a pool.
     *
     * @param pool its name
     * @param anyPod one of its pods, null if none has a Lease; called on the loop
     * @param gathers whether some full pod of it gathers what ends there; called on the loop
     * @param refused told if we may not patch
     * @param then done at the end of each, and when another is to be begun
     */
    Proof(
            String pool,
            ClusterContext context,
            Supplier<@Nullable KnownPod> anyPod,
            BooleanSupplier gathers,
            ClusterView view,
            Consumer<ApiException> refused,
            Runnable then) {
        this.pool = pool;
        this.quiet = new Quiet(context.loop().nanoTime());
        this.context = context;
        this.anyPod = anyPod;
        this.gathers = gathers;
        this.view = view;
        this.refused = refused;
        this.then = then;
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

    /** Begins one if none is under way; where the server is away somebody has to ask again. Any thread. */
    void take() {
        if (!asked.getAndSet(true)) {
            long wait = begunNanos + GAP.toNanos() - context.loop().nanoTime();
            if (wait > 0) {
                context.loop().after(Duration.ofNanos(wait), this::begin);
            } else {
                context.loop().execute(this::begin);
            }
        }
    }

    private void begin() {
        view.hurryPods();
        begunNanos = context.loop().nanoTime();
        begun = next();
        context.loop().after(Duration.ofNanos(write), this::ask);
    }

    private void ask() {
        if (gathers.getAsBoolean() && !hasWaited(write + Lease.GATHER_WHILE_FULL.toNanos())) {
            context.loop().after(Lease.GATHER_WHILE_FULL, this::ask);
            return;
        }
        KnownPod pod = anyPod.get();
        Lease lease = pod == null ? null : pod.lease();
        if (pod == null || lease == null) {
            // There is nothing here that could be full, as far as a server says so that answers.
            context.loop().whenDone(context.api().get(LedgerNames.PROOF), (none, failure) -> {
                if (failure == null) {
                    ended();
                } else {
                    failed(ApiException.of(failure));
                }
            });
            return;
        }
        long start = context.loop().nanoTime();
        LeasePatch patch = LeasePatch.of(lease)
                .set(LedgerNames.PROOF, Long.toHexString(context.random().nextLong()))
                .roomElsewhere(false);
        context.loop().whenDone(context.api().patch(lease.name(), patch), (version, failure) -> {
            if (failure == null) {
                write = Math.max(LEAST_WRITE.toNanos(), 2 * (context.loop().nanoTime() - start));
                view.expect(pod, lease, version, this::ended);
            } else if (ApiException.of(failure).kind() == Kind.NOT_FOUND) {
                view.leaseIsMissing(pod, lease); // which proves nothing of others
                ask();
            } else {
                failed(ApiException.of(failure));
            }
        });
    }

    private boolean hasWaited(long nanos) {
        return context.loop().nanoTime() - begunNanos >= nanos;
    }

    private void ended() {
        quiet.isOver();
        ended = begun;
        endedNanos = context.loop().nanoTime();
        asked.set(false);
        then.run();
    }

    private void failed(ApiException error) {
        asked.set(false);
        if (!error.isOutage()) {
            context.loop().after(GAP, then); // another Lease may do
        }
        if (error.kind() == Kind.FORBIDDEN) {
            refused.accept(error);
        } else if (quiet.isNews(error.problem(), context.loop().nanoTime())) {
            log.warn("pool {}: that it is full could not be made sure of, trying again: {}", pool, error.problem());
        }
    }
}
