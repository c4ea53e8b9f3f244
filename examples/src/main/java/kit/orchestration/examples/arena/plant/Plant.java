package kit.orchestration.examples.arena.plant;

import kit.orchestration.Allocator;
import kit.orchestration.examples.arena.pod.Door;

/** A fault that is built into one run, once: the run must then end badly. */
public interface Plant {

    /** No fault. */
    static Plant none() {
        return new Plant() {};
    }

    /** The allocator, as the matchmaker gets to see it. */
    default Allocator allocator(Allocator allocator) {
        return allocator;
    }

    /** The door of a pod that stays to the end, as its players get to see it. */
    default Door door(Door door) {
        return door;
    }
}
