package kit.orchestration.benchmarks.scaling;

import java.util.PriorityQueue;

/** A pod of a {@link GamePool}. */
final class GamePod {

    static final int SLOTS = 20;
    /** How long the kubelet takes to find out that a pod is, or is no longer, ready. */
    private static final int PROBES = 10;

    final int number;
    /** From when on it can take sessions. */
    private final int started;
    /** When its sessions end. */
    private final PriorityQueue<Integer> ends = new PriorityQueue<>();

    private boolean marked;
    /** When the mark was set or taken away. */
    private int since = Integer.MIN_VALUE / 2;

    GamePod(int number, int started) {
        this.number = number;
        this.started = started;
    }

    int held() {
        return ends.size();
    }

    boolean isMarked() {
        return marked;
    }

    void mark(boolean isToDrain, int now) {
        marked = isToDrain;
        since = now;
    }

    boolean hasStarted(int now) {
        return now >= started;
    }

    /** For the allocator: the kubelet has found it ready, and it was not asked to drain. */
    boolean takesSessions(int now) {
        return hasStarted(now) && !marked && now - since >= PROBES;
    }

    /** For the kubelet, who is late. */
    boolean isReady(int now) {
        return hasStarted(now) && (marked ? now - since < PROBES : now - since >= PROBES);
    }

    void play(int end) {
        ends.add(end);
    }

    /** Sessions that have ended by now are gone. */
    void endSessions(int now) {
        while (!ends.isEmpty() && ends.peek() <= now) {
            ends.remove();
        }
    }
}
