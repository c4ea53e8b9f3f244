package kit.orchestration.engine;

import java.time.Duration;

/**
 * How reservations gather for a pod's next write while one is under way.
 *
 * @param size reservations in a write, at most; past it the next pod is opened
 * @param age how long the first of them may have waited before the next pod is opened instead, if there is one that is
 *     not left to others ({@link Pool#rank}), and a writer for it; else they go on gathering, up to their size
 * @param writers writes under way in a pool, at most
 */
public record GroupLimit(int size, Duration age, int writers) {

    /** For a backend whose commit costs nothing: every reservation is committed at once, by itself. */
    public static final GroupLimit NONE = new GroupLimit(1, Duration.ZERO, Integer.MAX_VALUE);

    /** Checks that the numbers make sense. */
    public GroupLimit {
        if (size < 1 || writers < 1 || age.isNegative()) {
            throw new IllegalArgumentException(
                    "size and writers must be at least 1 and age not negative, were %s, %s and %s"
                            .formatted(size, writers, age));
        }
    }
}
