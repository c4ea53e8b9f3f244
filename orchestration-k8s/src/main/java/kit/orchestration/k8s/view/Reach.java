package kit.orchestration.k8s.view;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Retry;
import org.jspecify.annotations.Nullable;

/**
 * Whether the API server answers. While it does not, sessions end and their pods can't write it: a slot that was seen
 * held may be free for long, and "no capacity" would be a guess. The same holds for a while after, until the pods have
 * caught up. Safe for any thread.
 */
public final class Reach implements LeaseApi.Observer {

    /** An answer that took longer is a sign of trouble too: a store that hangs refuses nothing. */
    private static final Duration SLOW = Duration.ofSeconds(2);

    /** How long after the last trouble what is seen may lag behind: pods try again by then, and have time to write. */
    static final Duration SETTLING = Retry.LATEST.plusSeconds(1);

    private record Trouble(Doubt doubt, long clearNanos) {}

    private final LongSupplier nanoTime;
    private volatile @Nullable Trouble last;

    /** Nothing is known to be wrong. */
    public Reach(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public void ended(Duration took, @Nullable ApiException error) {
        if (error != null && error.isOutage()) {
            troubled(new Doubt(error.problem(), error), error.retryAfter());
        } else if (took.compareTo(SLOW) > 0) {
            troubled(
                    new Doubt(
                            "the API server is slow (an answer took " + took.toMillis()
                                    + " ms), so what has ended on the pods may not be written yet",
                            null),
                    Duration.ZERO);
        }
    }

    private synchronized void troubled(Doubt doubt, Duration asked) {
        // Whoever is asked to stay away does so for up to a half more.
        long clear = nanoTime.getAsLong()
                + SETTLING.plus(asked.multipliedBy(3).dividedBy(2)).toNanos();
        Trouble before = last;
        if (before == null || clear - before.clearNanos > 0) {
            last = new Trouble(doubt, clear);
        }
    }

    /** Why what is seen may not be how it is; empty once the server has answered for long enough. */
    public Optional<Doubt> doubt() {
        Trouble trouble = last;
        return trouble == null || nanoTime.getAsLong() - trouble.clearNanos >= 0
                ? Optional.empty()
                : Optional.of(trouble.doubt);
    }
}
