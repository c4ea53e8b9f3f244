package kit.orchestration.examples.arena.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A pod on the board. */
final class PodRow {

    /** How a slot stands. */
    enum Slot {
        FREE,
        CLAIMED,
        PLAYING
    }

    final String name;
    final String region;
    final Slot[] slots;
    String state = "ready";
    int played;
    int refused;

    PodRow(String name, String region, int slots) {
        this.name = name;
        this.region = region;
        this.slots = new Slot[slots];
        Arrays.fill(this.slots, Slot.FREE);
    }

    /** The slots, if there are no more than {@code most}; if there are, that many marks in the same proportion. */
    List<Slot> marks(int most) {
        if (slots.length <= most) {
            return List.of(slots);
        }
        List<Slot> marks = new ArrayList<>(most);
        for (Slot kind : List.of(Slot.PLAYING, Slot.CLAIMED)) {
            int wanted = (count(kind) * most + slots.length - 1) / slots.length; // one is seen, too
            marks.addAll(Collections.nCopies(Math.min(wanted, most - marks.size()), kind));
        }
        marks.addAll(Collections.nCopies(most - marks.size(), Slot.FREE));
        return marks;
    }

    boolean is(int slot, Slot kind) {
        return slot < slots.length && slots[slot] == kind;
    }

    void set(int slot, Slot kind) {
        if (slot < slots.length) {
            slots[slot] = kind;
        }
    }

    int count(Slot kind) {
        return (int) Arrays.stream(slots).filter(slot -> slot == kind).count();
    }
}
