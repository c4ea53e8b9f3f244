package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Map;
import java.util.function.IntSupplier;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.agones.Sighting.Counter;

/**
 * Shows how many sessions the pod has in a counter of its GameServer, if the Fleet declares one: for {@code kubectl}
 * and FleetAutoscalers. Lazily: nobody is let in or kept out by it. Confined to the pod's {@link Loop}.
 */
final class SessionCounter {

    /** From one write to the next, at least. */
    static final Duration GAP = Duration.ofSeconds(5);

    private final IntSupplier sessions;
    private final SidecarOrder order;
    private final Alarm due;
    private final Loop loop;

    private long lastCall;
    /** As the GameServer shows it; it has none if the capacity is 0. */
    private Counter shown = new Counter(0, 0);

    SessionCounter(SidecarClient sidecar, IntSupplier sessions, Loop loop) {
        this.sessions = sessions;
        this.loop = loop;
        this.lastCall = loop.nanoTime() - GAP.toNanos();
        this.due = new Alarm(loop, this::step);
        this.order = new SidecarOrder(
                "setting the counter " + AgonesNames.COUNTER,
                () -> {
                    lastCall = loop.nanoTime();
                    return sidecar.setCount(AgonesNames.COUNTER, wanted());
                },
                this::isNeeded,
                loop);
    }

    /** The counters that the GameServer has. */
    void seen(Map<String, Counter> counters) {
        shown = counters.getOrDefault(AgonesNames.COUNTER, new Counter(0, 0));
    }

    void stop() {
        order.stop();
        due.off();
    }

    void step() {
        long wait = lastCall + GAP.toNanos() - loop.nanoTime();
        if (isNeeded() && wait > 0) {
            due.set(wait);
        } else {
            order.step();
        }
    }

    private boolean isNeeded() {
        return shown.count() != wanted();
    }

    /** Agones takes no more than the capacity, which is none if there is no such counter. */
    private long wanted() {
        return Math.min(sessions.getAsInt(), shown.capacity());
    }
}
