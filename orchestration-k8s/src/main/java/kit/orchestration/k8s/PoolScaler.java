package kit.orchestration.k8s;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.Limits;
import kit.orchestration.k8s.scale.Scaler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a pool as large as its load: slots for the sessions that it has, for the requests that wait, and a buffer of
 * free ones, between a least and a most of pods. It sets the number of pods of a Deployment, a StatefulSet or anything
 * else with a scale subresource, and stands beside an allocator, whose view of the pods it shares.
 *
 * <pre>{@code
 * try (PoolScaler scaler = PoolScaler.builder(allocator, "duel")
 *         .deployment("duel")
 *         .pods(2, 40)
 *         .buffer(20)
 *         .start()) {
 *     // allocate
 * }
 * }</pre>
 *
 * <p>It grows at once, by what waits; requests wait if they have a {@code maxWait}. It shrinks by what was not needed
 * for a while, and cuts no session: the emptiest pods are asked to drain, by a mark in their Lease that the SDK obeys,
 * and the number is lowered once they are idle. If the load comes back before that, the drain is called off. Pods
 * without SDK obey no mark, so they are never taken away.
 *
 * <p>Give one to each matchmaker: they tell each other how many requests wait, and elect one that acts. {@code
 * docs/scaling.md} has the rules, the rights that it needs ({@code deploy/scaler}), and what else may scale by {@link
 * #neededSlots}. Safe for any thread. Close it before its allocator.
 */
public final class PoolScaler implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PoolScaler.class);

    private final Scaler scaler;
    private final AtomicBoolean closed = new AtomicBoolean();

    PoolScaler(KubernetesAllocator allocator, Scaler.Settings settings) {
        scaler = new Scaler(settings, allocator.surroundings(settings.pool()));
        log.info(
                "pool {} is to have {} to {} pods and a buffer of {} slots{}, says {}",
                settings.pool(),
                settings.least(),
                settings.most(),
                settings.buffer(),
                settings.target() == null ? ", which somebody else sees to" : " by " + settings.target(),
                settings.identity());
        scaler.start();
    }

    /** Settings for a scaler of one of an allocator's pools, which is known to it from then on. */
    public static PoolScalerBuilder builder(KubernetesAllocator allocator, String pool) {
        return new PoolScalerBuilder(
                Objects.requireNonNull(allocator, "allocator must not be null"), Limits.checkPool(pool));
    }

    /**
     * How many slots the pool is to have: those held, those waited for in all allocators with a scaler, and the buffer;
     * for whoever scales otherwise. A number of a second ago at most. Empty before the pods are listed. Never blocks.
     */
    public OptionalInt neededSlots() {
        return scaler.needed();
    }

    /** Whether this is the one that acts now. Never blocks. */
    public boolean isLeading() {
        return scaler.isLeading();
    }

    /**
     * Ends it: another scaler of the pool takes over, with the marks that stand. If there is none, the pods that drain
     * go on draining until one comes. Blocks for up to five seconds, while it gives up its leadership. Closing again
     * does nothing.
     */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            scaler.close();
        }
    }
}
