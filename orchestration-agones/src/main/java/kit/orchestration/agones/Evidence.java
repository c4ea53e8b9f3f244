package kit.orchestration.agones;

import java.time.Duration;

/**
 * How often Agones has said that there is no room. It hides each server that it has chosen until its batch is over, so
 * one refusal says little (measured: up to 90 % are false). A refusal counts if its call was sent after the last one
 * that counts was answered, and was answered so much later that it was of another batch, in which whoever was hidden is
 * seen again. Anything that lands on a server that would have done takes all back. Guarded by the pool's lock.
 */
final class Evidence {

    /**
     * Of the batch wait, how much is between the answers of two batches at least: all of it, less what the earlier
     * answer took to come here.
     */
    private static final double APART = 0.8;

    private final int needed;
    private final long least;
    private int count;
    private long first;
    private long last;
    /** Calls that were sent before that say nothing. */
    private long since = Long.MIN_VALUE;

    /** Certain from so many refusals on. */
    Evidence(int needed) {
        this(needed, Duration.ZERO);
    }

    /** Certain from so many refusals on, of which the last came so long after the first. */
    Evidence(int needed, Duration least) {
        this.needed = needed;
        this.least = least.toNanos();
    }

    /** A call was refused; times in nanoseconds. Whether that counts. */
    boolean refused(long sent, long answered, long batchWait) {
        if (sent < since) {
            return false;
        }
        if (count == 0 || (sent >= last && answered - last >= APART * batchWait)) {
            first = count == 0 ? answered : first;
            count++;
            last = answered;
            return true;
        }
        return false;
    }

    /** There was room after all, just now: what was asked before does not count, either. */
    void takenBack(long now) {
        count = 0;
        since = now;
    }

    boolean isCertain() {
        return count >= needed && last - first >= least;
    }

    int count() {
        return count;
    }
}
