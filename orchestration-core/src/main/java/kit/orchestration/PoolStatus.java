package kit.orchestration;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A pool as one allocator sees it. What a backend can't know is empty.
 *
 * @param pool the pool's name
 * @param readyPods pods that take new sessions
 * @param capacity slots of the ready pods, free or not
 * @param claimed slots of all pods that are held, by claims not yet started too
 * @param waiting requests of this allocator that wait for room
 * @param viewAge how long ago the allocator last heard from its backend about this pool: zero for a backend in process
 */
public record PoolStatus(
        String pool,
        OptionalInt readyPods,
        OptionalInt capacity,
        OptionalInt claimed,
        int waiting,
        Optional<Duration> viewAge) {

    /** No field may be null. */
    public PoolStatus {
        Objects.requireNonNull(pool, "pool must not be null");
        Objects.requireNonNull(readyPods, "readyPods must not be null");
        Objects.requireNonNull(capacity, "capacity must not be null");
        Objects.requireNonNull(claimed, "claimed must not be null");
        Objects.requireNonNull(viewAge, "viewAge must not be null");
    }
}
