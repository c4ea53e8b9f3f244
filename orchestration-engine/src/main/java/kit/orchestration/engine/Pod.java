package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A pod in a {@link Pool}: one incarnation of it, never revived once removed.
 *
 * <p>A slot has a <b>version</b> that only grows: even while it is free, odd while it is held (so twice the use count,
 * plus one if held). States of a slot may therefore be told in any order and from any thread: the higher version wins. A
 * version below 0 is a slot that can't be read.
 *
 * @param <H> the backend's own handle of a pod
 */
public final class Pod<H> {

    /** Ranks are from 0 to this, see {@link Pool#rank}. */
    static final int LAST_RANK = 2;

    /** Where others fill the pod, one slot in so many may be reserved at a time. */
    private static final int PART = 4;

    private final String name;
    private final H handle;
    private final int capacity;

    // All below is guarded by the pool's lock.

    /** Its labels; replaced as a whole when they change. */
    Map<String, String> labels = Map.of();

    PodState state = PodState.NOT_READY;
    /** Of the news that {@link #labels} and {@link #state} are from. */
    long revision = Long.MIN_VALUE;
    /** Whether it stands in the pool's index. */
    boolean indexed;

    boolean removed;
    /** How much it is preferred to others: the lower, the more. */
    int rank = 1;
    /** Set while the batch that gathers for this pod is full: no new reservation until it has departed. */
    boolean blocked;
    /** Set while the batch that gathers for this pod is older than it should be: others are opened first. */
    boolean aged;

    /** The pod's place in each live view that it matches. */
    List<PodView.Entry<H>> entries = List.of();

    /** What the views hold of this pod, the same in each. */
    int shownRoom;

    PickOrder shownOrder = PickOrder.UNRANKED;

    PodState shownState = PodState.NOT_READY;
    boolean shownBlocked;

    /** What gathers for the pod's next write. */
    List<Reservation<H>> gathered = new ArrayList<>();
    /** When the first of {@link #gathered} came, by the monotonic clock. */
    long gatheringSince;
    /** Set from the departure of a batch until its last reservation is answered. */
    boolean writing;
    /** Reservations of the batch under way that have no answer yet. */
    int unanswered;

    /** What the pool's totals hold of this pod. */
    int countedHeld;

    boolean countedReady;

    private final long[] versions;
    private final SlotSet free;
    private final SlotSet reserved;
    /** Slots that can't be read at the moment. */
    private final SlotSet unreadable;

    private int held;

    Pod(String name, H handle, long[] versions) {
        this.name = name;
        this.handle = handle;
        capacity = versions.length;
        this.versions = new long[capacity];
        free = new SlotSet(capacity);
        reserved = new SlotSet(capacity);
        unreadable = new SlotSet(capacity);
        for (int slot = 0; slot < capacity; slot++) {
            free.add(slot);
            seen(slot, versions[slot]);
        }
    }

    /** The pod's name. */
    public String name() {
        return name;
    }

    /** What the backend gave when it added the pod. */
    public H handle() {
        return handle;
    }

    /** How many slots it has. */
    public int capacity() {
        return capacity;
    }

    /** How many slots may be reserved, were the pod ready and not blocked. */
    int freeSlots() {
        return free.size();
    }

    /** How many slots are free; none while nothing more may be reserved. */
    int room() {
        return state != PodState.READY || blocked || isPartTaken() ? 0 : free.size();
    }

    /**
     * Of a pod that is left to others a part is reserved at a time: when all pods are full several allocators see the same
     * slots go free at the same moment, and who takes them all collides with everybody.
     */
    private boolean isPartTaken() {
        return rank == LAST_RANK && reserved.size() >= (free.size() + reserved.size() + PART - 1) / PART;
    }

    /** Its place among pods with room. */
    PickOrder order() {
        return PickOrder.of(rank, aged);
    }

    /** Whether it has free slots, and will have room once its batch has departed, or what is reserved is answered. */
    boolean roomIsBlocked() {
        return state == PodState.READY && free.size() > 0 && room() == 0;
    }

    /** Whether the views hold of it what is so now. */
    boolean isShown() {
        return shownState == state && shownRoom == room() && shownOrder == order() && shownBlocked == roomIsBlocked();
    }

    /** The views hold of it what is so now. */
    void shown() {
        shownState = state;
        shownRoom = room();
        shownOrder = order();
        shownBlocked = roomIsBlocked();
    }

    /** Slots that are held; those that are only reserved don't count. */
    int heldSlots() {
        return held;
    }

    /** Reserves the next free slot from {@code start} on, wrapping around. The pod must have room. */
    int reserve(int start) {
        int slot = free.nextFrom(start % capacity);
        free.remove(slot);
        reserved.add(slot);
        return slot;
    }

    long version(int slot) {
        return versions[slot];
    }

    /** Takes a reservation back. */
    void unreserve(int slot) {
        reserved.remove(slot);
        refresh(slot);
    }

    /**
     * A slot was seen at a version; news of an older one changes nothing. What can't be read, at a version below 0, counts
     * as held until it is seen at one again that is not older than the last.
     */
    void seen(int slot, long version) {
        if (version >= 0 && version < versions[slot]) {
            return;
        }
        held -= isHeld(slot) ? 1 : 0;
        if (version < 0) {
            unreadable.add(slot);
        } else {
            unreadable.remove(slot);
            versions[slot] = version;
        }
        held += isHeld(slot) ? 1 : 0;
        refresh(slot);
    }

    private void refresh(int slot) {
        if (isHeld(slot) || reserved.contains(slot)) {
            free.remove(slot);
        } else {
            free.add(slot);
        }
    }

    private boolean isHeld(int slot) {
        return (versions[slot] & 1) == 1 || unreadable.contains(slot);
    }

    @Override
    public String toString() {
        return "Pod[" + name + "]";
    }
}
