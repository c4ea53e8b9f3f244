package kit.orchestration.k8s;

import java.time.Duration;

/** When one kind of object was last heard of. Written on the {@link Loop}, read by any thread. */
final class Freshness {

    private volatile boolean listed;
    private volatile long heardNanos = System.nanoTime();

    void listed() {
        heard();
        listed = true;
    }

    void heard() {
        heardNanos = System.nanoTime();
    }

    boolean isListed() {
        return listed;
    }

    Duration age() {
        return Duration.ofNanos(System.nanoTime() - heardNanos);
    }
}
