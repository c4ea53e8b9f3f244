package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of a duty that fails: it is told once until it changes, with the way out, and tried again after a pause
 * that gets longer. Confined to one thread.
 */
final class Trouble {

    private static final Logger log = LoggerFactory.getLogger(Trouble.class);

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    private final String what;
    private Backoff backoff = BACKOFF;
    private String told = "";

    /** Of that, for the log. */
    Trouble(String what) {
        this.what = what;
    }

    /** It failed. Returns how long to pause: not shorter than the server asks. */
    Duration failed(ApiException error) {
        String problem = error.problem() + wayOut(error);
        if (!problem.equals(told)) {
            told = problem;
            log.warn("{} fails, and is tried again: {}", what, problem);
        }
        Duration pause = backoff.pause(ThreadLocalRandom.current(), error);
        backoff = backoff.longer();
        return pause;
    }

    /** It has succeeded. */
    void over() {
        if (!told.isEmpty()) {
            log.info("{} succeeds again", what);
        }
        backoff = BACKOFF;
        told = "";
    }

    /** What to do about a call that the server refuses; empty for others. */
    static String wayOut(ApiException error) {
        return error.code() == 403
                ? "; add the component deploy/scaler" + (error.problem().startsWith("the patch of pod ") ? "/cost" : "")
                        + " to the kustomization of that namespace: it gives the allocator's service account this right"
                : "";
    }
}
