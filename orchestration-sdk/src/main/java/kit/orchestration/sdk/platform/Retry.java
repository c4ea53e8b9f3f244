package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long to wait before the next try of something that is tried for ever, and what the log says meanwhile: each failure
 * once until it changes, and that it is over. Confined to one thread.
 */
public final class Retry {

    private static final Logger log = LoggerFactory.getLogger(Retry.class);

    /** The longest that the first wait is. */
    public static final Duration FIRST = Duration.ofMillis(100);
    /** For what nobody waits for. */
    public static final Duration LONGEST = Duration.ofSeconds(5);
    /** For what allocators wait for: a slot that is to be free again, a pod that boots. */
    public static final Duration LONGEST_AWAITED = Duration.ofSeconds(1);

    private final String what;
    private final Duration longest;
    private int failures;
    private @Nullable String told;

    /**
     * A series of tries.
     *
     * @param what is tried, for the log
     * @param longest the longest wait
     */
    public Retry(String what, Duration longest) {
        this.what = what;
        this.longest = longest;
    }

    /** Counts a failure. Returns how long to wait: twice as long each time, and half of it by chance. */
    public Duration failed(String problem) {
        if (!problem.equals(told)) {
            told = problem;
            log.warn("{}: {}; it is repeated until it succeeds", what, problem);
        }
        long most = Math.min(longest.toNanos(), FIRST.toNanos() << Math.min(failures, 16));
        failures++;
        return Duration.ofNanos(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }

    /** It has succeeded: the next failure is the first again. */
    public void succeeded() {
        if (failures > 0) {
            log.info("{}: succeeds again, after {} failures", what, failures);
        }
        failures = 0;
        told = null;
    }
}
