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

    private static final Duration SHORTEST = Duration.ofMillis(5);
    private static final Duration SHORTEST_LAST = Duration.ofMillis(100);

    /**
     * After a refusal: a small part of the batch wait, and no longer after the next. Agones answers what comes then
     * with its next batch, in which it shows again whom it has hidden; and whoever waits for room learns of it by asking. At
     * once would be too soon: a batch takes what comes while it lasts.
     */
    static RetryPause refused(Duration batchWait) {
        Duration pause = max(batchWait, SHORTEST_BATCH).dividedBy(4);
        return new RetryPause(pause, pause);
    }

    /**
     * After a refusal of a call that wants one server, and no other would do: to be among the first in the next batch,
     * since each server is given to one call of a batch, and those that only look for room take it, too. The next ones
     * are longer, where a batch is short.
     */
    static RetryPause first(Duration batchWait) {
        Duration last = max(batchWait.dividedBy(8), SHORTEST_LAST);
        return new RetryPause(max(batchWait.dividedBy(64), SHORTEST), last);
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
