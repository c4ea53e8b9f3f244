package kit.orchestration.examples.arena.backend;

import java.time.Duration;

/**
 * How long a backend may take.
 *
 * @param room how long a match waits for room
 * @param seen how long a backend may take to know of a pod
 * @param free how long a slot may take to be free again once its session has ended
 * @param run how long all may last once the last match has begun
 */
public record Patience(Duration room, Duration seen, Duration free, Duration run) {

    /** For a backend that answers in milliseconds. */
    public static final Patience USUAL =
            new Patience(Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMinutes(2));
}
