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

    private static final Duration SHORTEST_LAST = Duration.ofMillis(20);

    /**
     * After a refusal. Agones shows a server again when its batch is over, so there is no use in coming back much
     * sooner; and whoever waits for room learns of it by asking, so not much later either.
     */
    static RetryPause refused(Duration batchWait) {
        Duration last = batchWait.compareTo(SHORTEST_LAST) < 0 ? SHORTEST_LAST : batchWait;
        return new RetryPause(last.dividedBy(4), last);
    }

    Duration pause(RandomGenerator random) {
        return Duration.ofNanos(next.toNanos() / 2 + random.nextLong(next.toNanos() / 2 + 1));
    }

    RetryPause longer() {
        Duration doubled = next.multipliedBy(2);
        return new RetryPause(doubled.compareTo(last) < 0 ? doubled : last, last);
    }
}
