package kit.orchestration.k8s.scale;

import java.time.Duration;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/**
 * Whether a target's pods are the pool's. A wrong name is silent otherwise: nothing is held on them, so nothing is
 * needed. For one thread.
 */
final class TargetCheck {

    /** So long after a pod was made the view has it at the latest, as a rule. */
    static final Duration SEEN = Duration.ofSeconds(10);

    private final String pool;
    /** Since when the target has pods, and none of them is of the pool; null if some are. */
    private @Nullable Long strangeNanos;

    TargetCheck(String pool) {
        this.pool = pool;
    }

    /**
     * Notes how many pods the target has, and how many of them are of the pool.
     *
     * @throws IllegalStateException if none of them has been for a while: what to mend
     */
    void check(ScaleTarget target, int existing, int ofPool, long nowNanos) {
        if (existing == 0 || ofPool > 0) {
            strangeNanos = null;
            return;
        }
        strangeNanos = strangeNanos == null ? nowNanos : strangeNanos;
        if (nowNanos - strangeNanos > SEEN.toNanos()) {
            throw new IllegalStateException("none of the pods of " + target + " is of pool " + pool
                    + ", so nothing is done: name another target or pool, or give its template the label "
                    + LedgerNames.POOL_LABEL + "=" + pool);
        }
    }
}
