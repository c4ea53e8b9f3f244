package kit.orchestration.engine.matching;

import java.util.Map;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodRank;
import kit.orchestration.engine.PodState;

/** A pod, as the matching knows it: what the backend told of it, its slots, and its part of the index and of group commit. */
public final class Candidate {

    /** Where others fill the pod, one slot in so many may be reserved at a time. */
    private static final int PART = 4;

    private static final int ANY_SIZE = Integer.MAX_VALUE;

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

    /** For requests of this size or more it has no room, though it has slots, until something goes free; see {@link #takes}. */
    private int tooBig = ANY_SIZE;

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
        return !isReady() || gathering.full || isPartTaken() ? 0 : slots.free();
    }

    /** Free slots that may be reserved once its batch has departed, or what is reserved is answered. */
    int blockedRoom() {
        return isReady() && (gathering.full || isPartTaken()) ? slots.free() : 0;
    }

    /**
     * Of a pod that is left to others a part is reserved at a time: when all pods are full several allocators see the same
     * slots go free at the same moment, and who takes them all collides with everybody.
     */
    private boolean isPartTaken() {
        return rank == PodRank.LEFT_TO_OTHERS
                && slots.reserved() >= (slots.free() + slots.reserved() + PART - 1) / PART;
    }

    /** Whether it has room for what a call brings with it, if it has a slot. */
    boolean takes(Seeker seeker) {
        return !isTight() || seeker.size() < tooBig;
    }

    /** Whether it was found unfit for some call. */
    boolean isTight() {
        return tooBig != ANY_SIZE;
    }

    /** It has no room for what this call brings with it. */
    void tooBig(Seeker seeker) {
        tooBig = Math.min(tooBig, seeker.size());
    }

    /** Something went free that is not a slot, or may have: who finds none finds out again. */
    void mayTakeAll() {
        tooBig = ANY_SIZE;
    }

    /** A slot was seen at a version. */
    void seen(int slot, long version) {
        if (slots.seen(slot, version)) {
            mayTakeAll();
        }
    }

    /** Its place among pods with room. */
    PickOrder order() {
        return isTight() ? PickOrder.TIGHT : PickOrder.of(rank, gathering.aged);
    }

    @Override
    public String toString() {
        return "Candidate[" + pod.name() + "]";
    }
}
