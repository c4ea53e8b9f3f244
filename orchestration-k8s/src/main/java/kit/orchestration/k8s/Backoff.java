package kit.orchestration.k8s;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Pauses between tries: each up to twice as long as the one before, with jitter, so that many who failed together don't
 * come back together.
 *
 * @param next the longest that the next pause may be
 * @param last what no pause exceeds
 */
record Backoff(Duration next, Duration last) {

    static final Backoff FIRST = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));
    /** At once, and then as the first. */
    static final Backoff NONE = new Backoff(Duration.ZERO, Duration.ofSeconds(1));

    Duration pause(RandomGenerator random) {
        return Duration.ofNanos(next.toNanos() / 2 + random.nextLong(next.toNanos() / 2 + 1));
    }

    Backoff longer() {
        Duration doubled = next.multipliedBy(2);
        return new Backoff(doubled.compareTo(last) < 0 ? doubled : last, last);
    }
}
