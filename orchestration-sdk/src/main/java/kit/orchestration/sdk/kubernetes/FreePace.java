package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import kit.orchestration.ledger.lease.Lease;

/** When endings are written: gathered, so that many go with one write, but not while somebody may wait for the slot. */
final class FreePace {

    /** How long endings gather. */
    static final Duration GATHER = Lease.GATHER;
    /**
     * How far apart writes are at least while the pod is nearly full. So the first ending on such a pod is written at
     * once, and a pod where 80 sessions end each second still writes some 40 of them at a time.
     */
    static final Duration HURRIED = Lease.GATHER_WHILE_FULL;
    /** So many endings go without waiting for more: a write costs each of them little then. */
    static final int ENOUGH = 50;
    /** A pod is nearly full if one slot in so many is free, or only one is. */
    private static final int NEARLY_FULL = 10;

    private FreePace() {}

    /**
     * When to write, in nanoseconds from the same origin as the times given. A pod whose Lease shows no room at all
     * writes at once, if there was none elsewhere when it was filled: somebody may be refused for it, and what ends
     * while that write is under way goes with the next one.
     */
    static long due(int free, int capacity, boolean roomElsewhere, int ended, long oldest, long lastWrite) {
        if ((free == 0 && !roomElsewhere) || ended >= ENOUGH) {
            return oldest;
        }
        boolean nearlyFull = free <= Math.max(1, capacity / NEARLY_FULL);
        if (!nearlyFull) {
            return oldest + GATHER.toNanos();
        }
        long apart = lastWrite + HURRIED.toNanos();
        return apart - oldest > 0 ? apart : oldest; // these times may overflow
    }
}
