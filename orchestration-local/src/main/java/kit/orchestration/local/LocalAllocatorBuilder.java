package kit.orchestration.local;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link LocalAllocator}; what is not set has the default named here. Not safe for several threads.
 */
public final class LocalAllocatorBuilder {

    private final Set<String> pools = new LinkedHashSet<>();
    private Placement placement = Placement.PACKED;
    private int waitingLimit = 10_000;
    private Duration callTimeout = Duration.ofSeconds(5);
    private AllocatorListener listener = AllocatorListener.NONE;
    private @Nullable Executor executor;
    private @Nullable ManualClock clock;
    private RandomGenerator random = new SecureRandom();

    LocalAllocatorBuilder() {}

    /** Pools that are known before they have a pod; to be asked for them is then no error, but no capacity. */
    public LocalAllocatorBuilder pools(String... names) {
        Objects.requireNonNull(names, "names must not be null");
        for (String name : names) {
            pools.add(Limits.checkPool(name));
        }
        return this;
    }

    /** Which pod a session goes to when several have room; {@code PACKED} by default. */
    public LocalAllocatorBuilder placement(Placement placement) {
        this.placement = Objects.requireNonNull(placement, "placement must not be null");
        return this;
    }

    /** How many calls may wait for room in a pool, 10,000 by default; past it the least urgent one is refused. */
    public LocalAllocatorBuilder waitingLimit(int waitingLimit) {
        if (waitingLimit < 1) {
            throw new IllegalArgumentException("waitingLimit must be at least 1, was %s".formatted(waitingLimit));
        }
        this.waitingLimit = waitingLimit;
        return this;
    }

    /** How long a call may take beyond its {@code maxWait}; 5 s by default. */
    public LocalAllocatorBuilder callTimeout(Duration callTimeout) {
        this.callTimeout = Limits.checkRange("callTimeout", callTimeout, Duration.ofMillis(1), Duration.ofMinutes(10));
        return this;
    }

    /** Hears what the allocator does. */
    public LocalAllocatorBuilder listener(AllocatorListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener must not be null");
        return this;
    }

    /**
     * Completes the futures of {@code allocateAsync}; by default daemon threads of the allocator's own. In a test,
     * {@code Runnable::run} completes them on the thread that makes it happen: what depends on one of them must not
     * wait there for another, which may be completed after it.
     */
    public LocalAllocatorBuilder executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor must not be null");
        return this;
    }

    /** Time for tests, which game servers in the allocator's pods go by, too; by default the system's. */
    public LocalAllocatorBuilder clock(ManualClock clock) {
        this.clock = Objects.requireNonNull(clock, "clock must not be null");
        return this;
    }

    /** Randomness for tests, that session ids are made from; by default a {@link SecureRandom}. */
    public LocalAllocatorBuilder random(RandomGenerator random) {
        this.random = Objects.requireNonNull(random, "random must not be null");
        return this;
    }

    /** The allocator. */
    public LocalAllocator build() {
        LocalStore store = new LocalStore(clock);
        pools.forEach(store::declare);
        return new LocalAllocator(
                new LocalAllocator.Settings(placement, waitingLimit, callTimeout, listener, executor, random), store);
    }
}
