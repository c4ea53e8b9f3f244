package kit.orchestration.k8s.scale;

import java.util.Objects;

/**
 * A pod of a pool, as far as its number of pods depends on it. One that was deleted is none.
 *
 * @param name its name
 * @param capacity how many sessions it hosts at once; 0 if it has not said so yet
 * @param held how many of its slots are held, by claims too, or may be
 * @param phase what may be expected of it
 * @param ordinal its number in a StatefulSet; -1 if its name has none
 * @param revision which template it was made from; empty if nothing says so
 * @param isCheap whether its deletion is said to cost less than that of others
 * @param isLetGo whether that is so, or a lowering may have counted on it without: its controller may take it at any
 *     time
 */
public record PoolPod(
        String name,
        int capacity,
        int held,
        Phase phase,
        int ordinal,
        String revision,
        boolean isCheap,
        boolean isLetGo) {

    /** What may be expected of a pod. */
    public enum Phase {
        /** It takes sessions. */
        OPEN,
        /** It takes none yet: it starts, or opens again. */
        COMING,
        /** The scaler wants it to take none, and it has sessions, or may still get one. */
        DRAINING,
        /** The scaler wants it to take none, and it has none, gets none, and is not ready: nobody misses it. */
        IDLE,
        /** It should take some for long, and has none: it may never. */
        LATE,
        /** It should take some for long, and nothing runs in it: nobody misses it. */
        STOPPED,
        /** It takes none, by its own word, or somebody else's. */
        OUT
    }

    /** One of whose going only the cost of its deletion says something. */
    public PoolPod(String name, int capacity, int held, Phase phase, int ordinal, String revision, boolean isCheap) {
        this(name, capacity, held, phase, ordinal, revision, isCheap, isCheap);
    }

    /** Checks that there are numbers that can be. */
    public PoolPod {
        Objects.requireNonNull(name, "name must not be null");
        Objects.requireNonNull(phase, "phase must not be null");
        Objects.requireNonNull(revision, "revision must not be null");
        if (capacity < 0 || held < 0) {
            throw new IllegalArgumentException(
                    "capacity and held must not be negative, were " + capacity + " and " + held);
        }
    }

    /** With what is known of its going. */
    PoolPod going(boolean cheap, boolean letGo) {
        return new PoolPod(name, capacity, held, phase, ordinal, revision, cheap, cheap || letGo);
    }

    boolean is(Phase one) {
        return phase == one;
    }

    /** How many sessions more it could take. */
    int free() {
        return Math.max(0, capacity - held);
    }
}
