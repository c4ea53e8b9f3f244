package kit.orchestration.examples.arena.plant;

import kit.orchestration.Allocator;
import kit.orchestration.examples.arena.pod.Door;

/** A fault that is built into one run, once: the run must then end badly. */
public interface Plant {

    /** The pod whose door may be tampered with. It stays to the end, so that what is wrong there stays too. */
    String POD = "us-1";

    /** No fault. */
    static Plant none() {
        return new Plant() {};
    }

    /** The allocator, as the matchmaker gets to see it. */
    default Allocator allocator(Allocator allocator) {
        return allocator;
    }

    /** A pod's door, as its players get to see it. */
    default Door door(String pod, Door door) {
        return door;
    }
}
