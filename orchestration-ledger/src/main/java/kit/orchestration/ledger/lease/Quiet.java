package kit.orchestration.ledger.lease;

import java.time.Duration;

/**
 * Which troubles are told in the log: each once until it is another or was over, and what comes thick and fast only now
 * and then. For one thread.
 */
public final class Quiet {

    /** At most one in this time, unless another is given. */
    static final Duration BETWEEN = Duration.ofSeconds(10);

    private final long betweenNanos;
    private String told = "";
    private long toldNanos;

    /** From now on, {@link #BETWEEN} apart. */
    public Quiet(long nanoTime) {
        this(nanoTime, BETWEEN);
    }

    /** From now on, and so far apart. */
    public Quiet(long nanoTime, Duration between) {
        betweenNanos = between.toNanos();
        toldNanos = nanoTime - betweenNanos;
    }

    /** Whether to tell of this trouble. */
    public boolean isNews(String trouble, long nanoTime) {
        if (trouble.equals(told) || nanoTime - toldNanos < betweenNanos) {
            return false;
        }
        told = trouble;
        toldNanos = nanoTime;
        return true;
    }

    /** The trouble is over. Whether to tell that, too. */
    public boolean isOver() {
        boolean known = !told.isEmpty();
        told = "";
        return known;
    }
}
