package kit.orchestration.k8s.scale;

import java.time.Duration;

/**
 * Whether pods that were asked for are made. A quota, a webhook or Pod Security may refuse them, and the controller
 * tries for ever. For one thread.
 */
final class Making {

    private final long patience;
    private int replicas;
    private int pods;
    private long sinceNanos;

    /** One that waits so long for the next pod. */
    Making(Duration patience) {
        this.patience = patience.toNanos();
    }

    /** Whether pods are missing, and none has come for long; nor were more asked for. */
    boolean isStuck(int replicasNow, int podsNow, long nowNanos) {
        if (podsNow >= replicasNow || podsNow > pods || replicasNow > replicas) {
            sinceNanos = nowNanos;
        }
        replicas = replicasNow;
        pods = podsNow;
        return nowNanos - sinceNanos > patience;
    }
}
