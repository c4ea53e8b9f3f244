package kit.orchestration.engine;

/** What a pool's status says, kept up to date with each change of a pod. Guarded by the pool's lock. */
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

    /** Counts a pod as it is now, in place of how it was counted before. */
    void count(Pod<?> pod) {
        uncount(pod);
        pod.countedHeld = pod.heldSlots();
        pod.countedReady = pod.state == PodState.READY;
        held += pod.countedHeld;
        readyPods += pod.countedReady ? 1 : 0;
        readyCapacity += pod.countedReady ? pod.capacity() : 0;
        readyHeld += pod.countedReady ? pod.countedHeld : 0;
    }

    /** Counts a pod no more. */
    void uncount(Pod<?> pod) {
        held -= pod.countedHeld;
        readyPods -= pod.countedReady ? 1 : 0;
        readyCapacity -= pod.countedReady ? pod.capacity() : 0;
        readyHeld -= pod.countedReady ? pod.countedHeld : 0;
        pod.countedHeld = 0;
        pod.countedReady = false;
    }
}
