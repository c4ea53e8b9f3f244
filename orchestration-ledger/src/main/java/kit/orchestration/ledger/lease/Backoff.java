package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Pauses between tries: each up to twice as long as the one before, with jitter, so that many who failed together don't
 * come back together; and never shorter than the server asks for.
 *
 * @param next the longest that the next pause may be
 * @param last what no pause of our own exceeds
 */
public record Backoff(Duration next, Duration last) {

    /** For what somebody waits for. */
    public static final Backoff FIRST = new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1));

    /** Checks both. */
    public Backoff {
        if (next.isNegative() || next.isZero() || last.compareTo(next) < 0) {
            throw new IllegalArgumentException(
                    "next must be more than zero, and at most last, was " + next + " of " + last);
        }
    }

    /** How long to pause now: half of it is by chance. */
    public Duration pause(RandomGenerator random) {
        long half = next.toNanos() / 2;
        return Duration.ofNanos(half + random.nextLong(half + 1));
    }

    /** As {@link #pause(RandomGenerator)}; if the server asked for a time, up to a half more than that. */
    public Duration pause(RandomGenerator random, ApiException error) {
        Duration own = pause(random);
        Duration asked = error.retryAfter();
        Duration longer = asked.plus(
                asked.dividedBy(2).multipliedBy(random.nextInt(1_000)).dividedBy(1_000));
        return own.compareTo(longer) > 0 ? own : longer;
    }

    /** The pauses that come after this one. */
    public Backoff longer() {
        Duration doubled = next.multipliedBy(2);
        return new Backoff(doubled.compareTo(last) < 0 ? doubled : last, last);
    }
}
