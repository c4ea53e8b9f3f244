package kit.orchestration.ledger.lease;

import java.time.Duration;

/** Which troubles are told in the log: each once until it is another, and what comes thick and fast only now and then. */
final class Quiet {

    /** At most one in this time. */
    static final Duration BETWEEN = Duration.ofSeconds(10);

    private String told = "";
    private long toldNanos;

    Quiet(long nanoTime) {
        toldNanos = nanoTime - BETWEEN.toNanos();
    }

    /** Whether to tell of this trouble. */
    boolean isNews(String trouble, long nanoTime) {
        if (trouble.equals(told) || nanoTime - toldNanos < BETWEEN.toNanos()) {
            return false;
        }
        told = trouble;
        toldNanos = nanoTime;
        return true;
    }

    /** The trouble is over. Whether to tell that, too. */
    boolean isOver() {
        boolean known = !told.isEmpty();
        told = "";
        return known;
    }
}
