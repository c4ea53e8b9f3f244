package kit.orchestration.k8s;

import java.time.Duration;
import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.k8s.scale.ScalePolicy.Buffer;
import kit.orchestration.k8s.scale.ScaleTarget;
import kit.orchestration.k8s.scale.Scaler;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link PoolScaler}; what is not set has the default named here. Not safe for several threads. */
public final class PoolScalerBuilder {

    private static final int PERCENT = 1_000;

    private final KubernetesAllocator allocator;
    private final String pool;
    private int least = 1;
    private int most = 10;
    private Buffer buffer = new Buffer(10, true);
    private Duration calm = Duration.ofMinutes(5);
    private Duration startTimeout = Duration.ofMinutes(3);
    private @Nullable ScaleTarget target;
    private @Nullable String identity;

    PoolScalerBuilder(KubernetesAllocator allocator, String pool) {
        this.allocator = allocator;
        this.pool = pool;
    }

    /** Scales this Deployment, whose pods are the pool's. */
    public PoolScalerBuilder deployment(String name) {
        target = ScaleTarget.deployment(name);
        return this;
    }

    /**
     * Scales this StatefulSet, whose pods are the pool's: its highest numbers drain first. It needs {@code
     * podManagementPolicy: Parallel}, or a pod that drains is waited for by those with higher numbers.
     */
    public PoolScalerBuilder statefulSet(String name) {
        target = ScaleTarget.statefulSet(name);
        return this;
    }

    /**
     * Scales something else with a scale subresource, whose pods are the pool's, and which takes those away first that
     * are not ready, as a ReplicaSet does.
     *
     * @param apiVersion its group and version, as in a manifest: {@code argoproj.io/v1alpha1}
     * @param resource its kind as a role names it: {@code rollouts}
     * @param name its name
     */
    public PoolScalerBuilder scalable(String apiVersion, String resource, String name) {
        target = new ScaleTarget(apiVersion, resource, name, false);
        return this;
    }

    /**
     * From how many pods to how many; 1 to 10 by default, 0 to 100,000.
     *
     * @throws IllegalArgumentException if they are others, or the least is above the most
     */
    public PoolScalerBuilder pods(int least, int most) {
        new Scaler.Settings(pool, "", least, most, buffer, calm, startTimeout, null); // checks them
        this.least = least;
        this.most = most;
        return this;
    }

    /**
     * How many slots are to be free, up to 1,000,000; by default 10 % of those that are held or waited for.
     *
     * @throws IllegalArgumentException if it is another number
     */
    public PoolScalerBuilder buffer(int slots) {
        buffer = new Buffer(slots, false);
        return this;
    }

    /**
     * How many slots are to be free for each hundred that are held or waited for, up to 1,000; 10 by default.
     *
     * @throws IllegalArgumentException if it is another number
     */
    public PoolScalerBuilder bufferPercent(int percent) {
        if (percent < 0 || percent > PERCENT) {
            throw new IllegalArgumentException("bufferPercent must be 0 to " + PERCENT + ", was " + percent);
        }
        buffer = new Buffer(percent, true);
        return this;
    }

    /**
     * For how long a pod must not have been needed before it is asked to drain; 5 minutes by default, a second to a
     * day. Who becomes the leader watches for as long first.
     *
     * @throws IllegalArgumentException if it is another
     */
    public PoolScalerBuilder calm(Duration calm) {
        this.calm = Limits.checkRange("calm", calm, Duration.ofSeconds(1), Duration.ofDays(1));
        return this;
    }

    /**
     * For how long a pod that takes no sessions yet is counted on; 3 minutes by default, 10 seconds to a day. After
     * that another one is asked for in its place. Longer than it takes to make a node, fetch the image and load the
     * game.
     *
     * @throws IllegalArgumentException if it is another
     */
    public PoolScalerBuilder startTimeout(Duration startTimeout) {
        this.startTimeout = Limits.checkRange("startTimeout", startTimeout, Duration.ofSeconds(10), Duration.ofDays(1));
        return this;
    }

    /**
     * Who this scaler is, in marks and elections, another for each process: 1 to 128 printable characters without
     * spaces. By default as its allocator.
     */
    public PoolScalerBuilder identity(String identity) {
        this.identity = KubernetesAllocatorBuilder.checkIdentity(identity);
        return this;
    }

    /**
     * The scaler, at work. Without a target it only tells how many slots are {@linkplain PoolScaler#neededSlots
     * needed}.
     *
     * @throws kit.orchestration.AllocatorClosedException if its allocator is closed
     */
    public PoolScaler start() {
        String who = Objects.requireNonNullElseGet(identity, allocator::identity);
        return new PoolScaler(
                allocator, new Scaler.Settings(pool, who, least, most, buffer, calm, startTimeout, target));
    }
}
