package kit.orchestration;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A pool as one allocator sees it. What a backend can't know is empty, and so are all numbers of pods and slots until
 * it has listed them once.
 *
 * @param pool the pool's name
 * @param readyPods pods that take new sessions
 * @param capacity slots of the ready pods, free or not
 * @param claimed slots of all pods that are held, by claims not yet started too; also of pods that drain
 * @param free slots of the ready pods that nobody holds, so whether there is room
 * @param waiting requests of this allocator that wait for room
 * @param viewAge how old this may be: how long ago the allocator last heard of its pods, or of their sessions if that
 *     is longer; zero for a backend in process
 */
public record PoolStatus(
        String pool,
        OptionalInt readyPods,
        OptionalInt capacity,
        OptionalInt claimed,
        OptionalInt free,
        int waiting,
        Optional<Duration> viewAge) {

    /** No field may be null. */
    public PoolStatus {
        Objects.requireNonNull(pool, "pool must not be null");
        Objects.requireNonNull(readyPods, "readyPods must not be null");
        Objects.requireNonNull(capacity, "capacity must not be null");
        Objects.requireNonNull(claimed, "claimed must not be null");
        Objects.requireNonNull(free, "free must not be null");
        Objects.requireNonNull(viewAge, "viewAge must not be null");
    }
}
