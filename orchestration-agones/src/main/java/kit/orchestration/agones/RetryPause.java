package kit.orchestration.agones;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Pauses between tries: each up to twice as long as the one before, with jitter, so that many who failed together don't
 * come back together.
 *
 * @param next the longest that the next pause may be
 * @param last what no pause exceeds
 */
record RetryPause(Duration next, Duration last) {

    /** After a failure. */
    static final RetryPause FAILED = new RetryPause(Duration.ofMillis(20), Duration.ofSeconds(1));

    private static final Duration SHORTEST_BATCH = Duration.ofMillis(20);

    private static final Duration SHORTEST = Duration.ofMillis(8);
    /** Of looks, one after the other, where batches are shorter. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private static final Duration SHORTEST_LAST = Duration.ofMillis(100);

    /**
     * After a refusal: a part of the batch wait, and no longer after the next. Agones answers what comes then with its
     * next batch, in which it shows again whom it has hidden; and whoever waits for room learns of it by asking. At
     * once would be too soon: a batch takes what comes while it lasts.
     */
    static RetryPause refused(Duration batchWait) {
        Duration pause = max(batchWait, SHORTEST_BATCH).dividedBy(4);
        return new RetryPause(pause, pause);
    }

    /**
     * After a look for a session was refused: to be among the first in the next batch. A batch gives each server to one
     * call, and those that release there, or look for room, take it, too (measured on a real Agones: a look that comes
     * after them is nearly always refused).
     */
    static RetryPause looked(Duration batchWait) {
        Duration pause = max(LOOK_EVERY.minus(batchWait), SHORTEST);
        return new RetryPause(pause, pause);
    }

    /** After a release was refused: after the looks, and before those that would take any server. */
    static RetryPause released(Duration batchWait) {
        Duration pause = max(batchWait.dividedBy(10), SHORTEST);
        return new RetryPause(pause, max(pause, SHORTEST_LAST));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    Duration pause(RandomGenerator random) {
        return Duration.ofNanos(next.toNanos() / 2 + random.nextLong(next.toNanos() / 2 + 1));
    }

    RetryPause longer() {
        Duration doubled = next.multipliedBy(2);
        return new RetryPause(doubled.compareTo(last) < 0 ? doubled : last, last);
    }
}
