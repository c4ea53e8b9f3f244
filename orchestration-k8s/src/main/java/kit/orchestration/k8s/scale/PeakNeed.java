package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;

/**
 * The most that was needed within a time: so a pool shrinks to what it needed at the busiest moment of that, and not
 * because of a moment's calm. By a monotonic clock that its caller has. For one thread.
 */
public final class PeakNeed {

    private record Need(long atNanos, int slots) {}

    /** Looks are a moment apart, and one that has failed is not repeated at once. */
    private static final long GAP = Duration.ofMinutes(1).toNanos();

    private final long window;
    /** What was needed and no less since: the highest first, each lower than the one before it. */
    private final Deque<Need> needs = new ArrayDeque<>();

    private long since;
    private long last;
    private boolean watched;

    /** Of the last so long. */
    public PeakNeed(Duration window) {
        this.window = window.toNanos();
    }

    /** So many slots are needed now. */
    public void needs(long nowNanos, int slots) {
        if (!watched || nowNanos - last > window + GAP) { // or nobody knows what was needed meanwhile
            forget();
            watched = true;
            since = nowNanos;
        }
        last = nowNanos;
        while (!needs.isEmpty() && needs.getLast().slots() <= slots) {
            needs.removeLast();
        }
        needs.addLast(new Need(nowNanos, slots));
        while (needs.size() > 1 && nowNanos - needs.getFirst().atNanos() > window) {
            needs.removeFirst();
        }
    }

    /** The most that was needed; empty until it was watched for so long. */
    public OptionalInt most(long nowNanos) {
        return watched && nowNanos - since >= window
                ? OptionalInt.of(needs.getFirst().slots())
                : OptionalInt.empty();
    }

    /** As if nothing had been watched: somebody else was in charge. */
    public void forget() {
        watched = false;
        needs.clear();
    }
}
