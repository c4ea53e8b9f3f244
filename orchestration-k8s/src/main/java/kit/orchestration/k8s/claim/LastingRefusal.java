package kit.orchestration.k8s.claim;

import java.time.Duration;
import kit.orchestration.ledger.lease.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Tells a right that is missing from one that is not known yet: an API server that has just started answers 403 until
 * it has loaded the roles, for about a second (seen on 1.36). So the first refusal fails nobody, but one that came a
 * while after it: what was not asked again in between may be otherwise by now. On the loop.
 */
final class LastingRefusal {

    /** Shorter than the default call time-out: who does not wait is told of the right, too. */
    static final Duration PASSING = Duration.ofSeconds(4);

    /** Times what passes: what came before that is no part of it. */
    private static final int LONG_AGO = 10;

    private final Duration passing;
    private @Nullable ApiException last;
    private long firstNanos;
    private long lastNanos;

    /** Of what is asked for often. */
    LastingRefusal() {
        this(PASSING);
    }

    /** Of what is asked again and again for as long as that. */
    LastingRefusal(Duration passing) {
        this.passing = passing;
    }

    /** The server has refused so, now or earlier; true if it has for long. */
    boolean lasts(ApiException error, long nanoTime) {
        if (last == null || nanoTime - lastNanos > LONG_AGO * passing.toNanos()) {
            firstNanos = nanoTime;
        }
        if (!error.equals(last)) {
            last = error;
            lastNanos = nanoTime;
        }
        return lastNanos - firstNanos >= passing.toNanos();
    }

    /** The server does not refuse. */
    void isOver() {
        last = null;
    }
}
