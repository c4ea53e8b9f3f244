package kit.orchestration.examples.arena.view;

import java.util.Arrays;

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

    int count(Slot kind) {
        return (int) Arrays.stream(slots).filter(slot -> slot == kind).count();
    }
}
