package kit.orchestration.engine.matching;

import kit.orchestration.engine.PodState;

/** What a pool's status says of its pods, kept up to date with each change of one. */
final class Totals {

    private int held;
    private int readyPods;
    private int readyCapacity;
    private int readyHeld;

    int held() {
        return held;
    }

    int readyPods() {
        return readyPods;
    }

    int readyCapacity() {
        return readyCapacity;
    }

    /** Slots of ready pods that nobody holds, reserved ones too. */
    int readyFree() {
        return readyCapacity - readyHeld;
    }

    /** Counts a pod in, or with -1 out. */
    void count(PodState state, int capacity, int heldSlots, int number) {
        held += number * heldSlots;
        if (state == PodState.READY) {
            readyPods += number;
            readyCapacity += number * capacity;
            readyHeld += number * heldSlots;
        }
    }
}
