package kit.orchestration.agones;

import java.time.Duration;

/**
 * How often Agones has said that there is no room. It hides each server that it has chosen until its batch is over, so
 * one refusal says little (measured: up to 90 % are false). A refusal counts if its call was sent after the last one
 * that counts was answered, and answered {@code batchWait} later or more: that is another batch, in which whoever was
 * hidden is seen again. Anything that lands on a server that would have done takes all back. Guarded by the pool's
 * lock.
 */
final class Evidence {

    private final int needed;
    private int count;
    private long last;
    /** Calls that were sent before that say nothing. */
    private long since = Long.MIN_VALUE;

    /** Certain from so many refusals on. */
    Evidence(int needed) {
        this.needed = needed;
    }

    /** A call was refused; times in nanoseconds. */
    void refused(long sent, long answered, long batchWait) {
        if (sent < since) {
            return;
        }
        if (count == 0 || (sent >= last && answered - last >= batchWait)) {
            count++;
            last = answered;
        }
    }

    /** How long until a refusal counts again. */
    Duration countsIn(long now, long batchWait) {
        return Duration.ofNanos(count == 0 ? 0 : Math.max(0, last + batchWait - now));
    }

    /** There was room after all, just now: what was asked before does not count, either. */
    void takenBack(long now) {
        count = 0;
        since = now;
    }

    boolean isCertain() {
        return count >= needed;
    }

    int count() {
        return count;
    }
}
