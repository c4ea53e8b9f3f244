package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long to wait before the next try of something that is tried for ever, and what the log says meanwhile: each failure
 * once until it changes, and that it is over. Confined to one thread.
 */
final class Retry {

    private static final Logger log = LoggerFactory.getLogger(Retry.class);

    static final Duration FIRST = Duration.ofMillis(100);
    static final Duration LONGEST = Duration.ofSeconds(5);

    private final String what;
    private int failures;
    private @Nullable String told;

    /**
     * A series of tries.
     *
     * @param what is tried, for the log
     */
    Retry(String what) {
        this.what = what;
    }

    /** Counts a failure. Returns how long to wait: twice as long each time, and half of it by chance. */
    Duration failed(String problem) {
        if (!problem.equals(told)) {
            told = problem;
            log.warn("{}: {}; it is repeated until it succeeds", what, problem);
        }
        long longest = Math.min(LONGEST.toNanos(), FIRST.toNanos() << Math.min(failures, 16));
        failures++;
        return Duration.ofNanos(longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1));
    }

    void succeeded() {
        if (failures > 0) {
            log.info("{}: succeeds again, after {} failures", what, failures);
        }
        failures = 0;
        told = null;
    }
}
