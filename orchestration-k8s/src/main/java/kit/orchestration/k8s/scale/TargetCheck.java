package kit.orchestration.k8s.scale;

import java.time.Duration;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a target's pods are the pool's. A wrong name is silent otherwise: nothing is held on them, so nothing is
 * needed; and so are pods that somebody has taken out of the pool. For one thread.
 */
final class TargetCheck {

    private static final Logger log = LoggerFactory.getLogger(TargetCheck.class);

    /** So long after a pod was made, or is gone, view and target say so at the latest, as a rule. */
    static final Duration SEEN = Duration.ofSeconds(10);

    private final String pool;
    /** Since when some of the target's pods are not of the pool, and since when none is; null if it isn't so. */
    private @Nullable Long someNanos;

    private @Nullable Long noneNanos;
    private boolean told;

    TargetCheck(String pool) {
        this.pool = pool;
    }

    /**
     * How many pods the target has that were not of the pool for a while; by how many it has, and how many are.
     *
     * @throws IllegalStateException if none was for a while: what to mend
     */
    int unseen(ScaleTarget target, int existing, int ofPool, long nowNanos) {
        int unseen = Math.max(0, existing - ofPool);
        someNanos = since(someNanos, unseen > 0, nowNanos);
        noneNanos = since(noneNanos, unseen > 0 && ofPool == 0, nowNanos);
        String label = LedgerNames.POOL_LABEL + "=" + pool;
        if (isLong(noneNanos, nowNanos)) {
            throw new IllegalStateException("none of the pods of " + target + " is of pool " + pool
                    + ", so nothing is done: name another target or pool, or give its template the label " + label);
        }
        if (!isLong(someNanos, nowNanos)) {
            told &= unseen > 0;
            return 0;
        }
        if (!told) {
            told = true;
            log.warn(
                    "{} of the {} pods of {} are not of pool {}: nobody knows what they hold, and none is taken away"
                            + " where it could be one of them; give them the label {}",
                    unseen,
                    existing,
                    target,
                    pool,
                    label);
        }
        return unseen;
    }

    private static @Nullable Long since(@Nullable Long before, boolean isSo, long nowNanos) {
        return !isSo ? null : before == null ? (Long) nowNanos : before;
    }

    private static boolean isLong(@Nullable Long sinceNanos, long nowNanos) {
        return sinceNanos != null && nowNanos - sinceNanos > SEEN.toNanos();
    }
}
