package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import kit.orchestration.ledger.lease.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The heartbeats, at the rate that the GameServer asks for. Confined to the pod's {@link Loop}. */
final class Pulse {

    private static final Logger log = LoggerFactory.getLogger(Pulse.class);

    /** Who is asked about once a second is up to half a second early rather than as much late. */
    private static final long EARLY = TimeUnit.MILLISECONDS.toNanos(500);

    private final SidecarClient sidecar;
    private final Loop loop;

    private @Nullable Duration period = Duration.ZERO;
    private boolean underWay;
    private boolean failing;
    private boolean began;
    private long last;

    /** Beats each time that it is asked to, until it is told how often the sidecar wants it. */
    Pulse(SidecarClient sidecar, Loop loop) {
        this.sidecar = sidecar;
        this.loop = loop;
    }

    /** How often the sidecar wants it; null for never. */
    void period(@Nullable Duration newPeriod) {
        period = newPeriod;
    }

    /** The game is healthy: beats if it is time. */
    void beat() {
        Duration every = period;
        long now = loop.nanoTime();
        if (every == null || underWay || (began && now - last < every.toNanos() - EARLY)) {
            return;
        }
        began = true;
        last = now;
        underWay = true;
        loop.whenDone(sidecar.health(), (ok, failure) -> answered(failure));
    }

    private void answered(@Nullable Throwable failure) {
        underWay = false;
        if (failure == null) {
            failing = false;
        } else {
            began = false; // the next comes at once
            if (!failing) {
                failing = true;
                log.warn(
                        "a heartbeat failed, and is repeated: {}",
                        SidecarException.failed("the sidecar", failure).problem());
            }
        }
    }
}
