package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is tried until it succeeds: the pauses between tries, and what the log says meanwhile: each failure once until
 * it changes, and that it is over. Confined to one thread, but {@link #problem}.
 */
public final class Retry {

    /**
     * So long after the server is well again a pod tries at the latest what it has to write, unless it was asked to
     * stay away for longer: also if its last try has no answer. Allocators go by it.
     */
    public static final Duration LATEST = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(Retry.class);

    /** The chance of whichever thread asks. */
    public static final RandomGenerator SYSTEM =
            () -> ThreadLocalRandom.current().nextLong();

    private final String what;
    private final Backoff first;
    private final Function<ApiException, String> wayOut;
    private final RandomGenerator random;
    private Backoff backoff;
    private int failures;
    private volatile String told = "";
    /** Of what changes with each try, as a webhook's words may, the log has one in a while. */
    private final Quiet quiet = new Quiet(System.nanoTime());

    /** A series of tries of that, for the log, that somebody waits for. */
    public Retry(String what) {
        this(what, SYSTEM);
    }

    /** As that, with pauses by this source. */
    public Retry(String what, RandomGenerator random) {
        this(what, Backoff.FIRST, error -> "", random);
    }

    /** As that, with pauses of its own, and what the log is to add to an error of the server. */
    public Retry(String what, Backoff first, Function<ApiException, String> wayOut) {
        this(what, first, wayOut, SYSTEM);
    }

    private Retry(String what, Backoff first, Function<ApiException, String> wayOut, RandomGenerator random) {
        this.what = what;
        this.first = first;
        this.wayOut = wayOut;
        this.random = random;
        this.backoff = first;
    }

    /** Counts a failure. Returns how long to pause. */
    public Duration failed(String problem) {
        return failed(problem, backoff.pause(random));
    }

    /** Counts a failure. Returns how long to pause: not shorter than the server asks. */
    public Duration failed(ApiException error) {
        return failed(error.problem() + wayOut.apply(error), error);
    }

    /** As that, with words of the caller's own. */
    public Duration failed(String problem, ApiException error) {
        return failed(problem, backoff.pause(random, error));
    }

    /** It has succeeded: the next failure is the first again. */
    public void succeeded() {
        if (failures > 0) {
            log.info("{}: succeeds again, after {} failures", what, failures);
        }
        backoff = first;
        failures = 0;
        told = "";
        quiet.isOver();
    }

    /** Why the last try failed; empty if it has succeeded, or there was none. Any thread. */
    public String problem() {
        return told;
    }

    private Duration failed(String problem, Duration pause) {
        told = problem;
        if (quiet.isNews(problem, System.nanoTime())) {
            log.warn("{}: {}; it is tried again", what, problem);
        }
        failures++;
        backoff = backoff.longer();
        return pause;
    }
}
