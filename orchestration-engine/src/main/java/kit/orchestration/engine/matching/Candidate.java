package kit.orchestration.engine.matching;

import java.util.Map;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;

/**
 * A pod, as the matching knows it: what the backend told of it, its slots, and its part of the index and of group
 * commit.
 */
public final class Candidate {

    /** Where others fill the pod, one slot in so many may be reserved at a time. */
    private static final int PART = 4;

    private final Pod<?> pod;
    final Slots slots;
    final GroupCommit.Gathering gathering = new GroupCommit.Gathering();
    final PodIndex.Listing listing = new PodIndex.Listing();

    /** Replaced as a whole when they change. */
    Map<String, String> labels = Map.of();

    PodState state = PodState.NOT_READY;
    /** Of the news that {@link #labels} and {@link #state} are from. */
    long revision = Long.MIN_VALUE;

    boolean removed;
    PodRank rank = PodRank.UNRANKED;

    /** Holds whose outcome takes its time. */
    int apart;

    /**
     * Whether it had no room for what some call brings with it, and nothing has gone free since: it is full, whoever
     * asks.
     */
    boolean tight;

    /** A pod that is not among the pool's yet. */
    public Candidate(Pod<?> pod, long[] versions) {
        this.pod = pod;
        slots = new Slots(versions);
    }

    /** The pod. */
    public Pod<?> pod() {
        return pod;
    }

    /** How many slots it has. */
    public int capacity() {
        return slots.capacity();
    }

    boolean isReady() {
        return state == PodState.READY;
    }

    /** How many slots may be reserved now. */
    int room() {
        return !isReady() || tight || gathering.full || isPartTaken() ? 0 : slots.free();
    }

    /** Free slots that may be reserved once its batch has departed, or what is reserved is answered. */
    int blockedRoom() {
        return isReady() && !tight && (gathering.full || isPartTaken()) ? slots.free() : 0;
    }

    /**
     * Of a pod that is left to others a part is reserved at a time: when all pods are full several allocators see the
     * same slots go free at the same moment, and who takes them all collides with everybody. Those set apart are as
     * good as held: they may stay so for long.
     */
    private boolean isPartTaken() {
        int reserved = slots.reserved() - apart;
        return rank == PodRank.LEFT_TO_OTHERS && reserved >= (slots.free() + reserved + PART - 1) / PART;
    }

    /** A slot was seen at a version. */
    void seen(int slot, long version) {
        if (slots.seen(slot, version)) {
            tight = false;
        }
    }

    /** Its place among pods with room. */
    PickOrder order() {
        return PickOrder.of(rank, gathering.aged);
    }

    @Override
    public String toString() {
        return "Candidate[" + pod.name() + "]";
    }
}
