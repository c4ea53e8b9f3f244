package kit.orchestration.engine;

import java.util.Arrays;
import java.util.Map;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException.PodCounts;
import org.jspecify.annotations.Nullable;

/**
 * The pods that match one set of selectors, by how many slots they have free: a pick costs the same with ten pods as with
 * a hundred thousand. Guarded by the pool's lock.
 */
final class PodView<H> {

    /** A pod's place in a view: a node of the list of pods with the same room. */
    static final class Entry<H> {
        final Pod<H> pod;
        final PodView<H> view;
        /** The list it stands in; 0 if it has no room, and so stands in none. */
        int room;

        PodState state;
        boolean blocked;

        @Nullable
        Entry<H> previous;

        @Nullable
        Entry<H> next;

        Entry(Pod<H> pod, PodView<H> view) {
            this.pod = pod;
            this.view = view;
            this.state = pod.state;
        }
    }

    private final Map<String, String> selectors;
    private @Nullable Entry<H>[] heads = heads(16);
    /** A bit for each list of {@link #heads} that is not empty. */
    private long[] occupied = new long[1];

    private int ready;
    private int notReady;
    private int draining;
    /** Pods that would have room if their batch were not full. */
    private int blockedWithRoom;

    /** When the view was last asked, in picks. */
    long lastUsed;

    PodView(Map<String, String> selectors) {
        this.selectors = selectors;
    }

    boolean matches(Map<String, String> labels) {
        for (Map.Entry<String, String> pair : selectors.entrySet()) {
            if (!pair.getValue().equals(labels.get(pair.getKey()))) {
                return false;
            }
        }
        return true;
    }

    Map<String, String> selectors() {
        return selectors;
    }

    /** The pod that the next session goes to, null if none has room. */
    @Nullable
    Pod<H> pick(Placement placement) {
        int room = placement == Placement.PACKED ? lowest() : highest();
        if (room < 0) {
            return null;
        }
        Entry<H> head = heads[room];
        return head == null ? null : head.pod;
    }

    /** Whether a pod will have room as soon as its batch has departed. */
    boolean roomIsBlocked() {
        return blockedWithRoom > 0;
    }

    Entry<H> add(Pod<H> pod) {
        Entry<H> entry = new Entry<>(pod, this);
        count(entry.state, 1);
        link(entry);
        return entry;
    }

    void remove(Entry<H> entry) {
        unlink(entry);
        count(entry.state, -1);
    }

    /** The pod's room or state has changed. */
    void update(Entry<H> entry) {
        if (entry.room != entry.pod.room() || entry.room == 0) {
            unlink(entry);
            link(entry);
        }
        if (entry.state != entry.pod.state) {
            count(entry.state, -1);
            entry.state = entry.pod.state;
            count(entry.state, 1);
        }
    }

    /** The pods of the pool, by why they can't take a session; to be asked when no pod has room. */
    PodCounts counts(int seen) {
        return new PodCounts(seen, seen - ready - notReady - draining, notReady, draining, ready);
    }

    private void count(PodState state, int pods) {
        switch (state) {
            case READY -> ready += pods;
            case NOT_READY -> notReady += pods;
            case DRAINING -> draining += pods;
        }
    }

    private void link(Entry<H> entry) {
        Pod<H> pod = entry.pod;
        int room = pod.room();
        entry.room = room;
        entry.blocked = pod.blocked && pod.state == PodState.READY && pod.freeSlots() > 0;
        if (entry.blocked) {
            blockedWithRoom++;
        }
        if (room == 0) {
            return;
        }
        if (room >= heads.length) {
            heads = Arrays.copyOf(heads, Math.max(room + 1, heads.length * 2));
            occupied = Arrays.copyOf(occupied, (heads.length + 63) >>> 6);
        }
        Entry<H> head = heads[room];
        entry.next = head;
        if (head == null) {
            occupied[room >>> 6] |= 1L << room;
        } else {
            head.previous = entry;
        }
        heads[room] = entry;
    }

    private void unlink(Entry<H> entry) {
        if (entry.blocked) {
            entry.blocked = false;
            blockedWithRoom--;
        }
        if (entry.room == 0) {
            return;
        }
        Entry<H> previous = entry.previous;
        Entry<H> next = entry.next;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            heads[entry.room] = next;
            if (next == null) {
                occupied[entry.room >>> 6] &= ~(1L << entry.room);
            }
        }
        entry.previous = null;
        entry.next = null;
        entry.room = 0;
    }

    private int lowest() {
        for (int word = 0; word < occupied.length; word++) {
            if (occupied[word] != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(occupied[word]);
            }
        }
        return -1;
    }

    private int highest() {
        for (int word = occupied.length - 1; word >= 0; word--) {
            if (occupied[word] != 0) {
                return (word << 6) + 63 - Long.numberOfLeadingZeros(occupied[word]);
            }
        }
        return -1;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <H> @Nullable Entry<H>[] heads(int length) {
        return new Entry[length];
    }
}
