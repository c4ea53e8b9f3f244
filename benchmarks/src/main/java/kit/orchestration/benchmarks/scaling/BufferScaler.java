package kit.orchestration.benchmarks.scaling;

import java.util.Comparator;

/**
 * Agones' FleetAutoscaler with its Buffer policy (<a
 * href="https://agones.dev/site/docs/reference/fleetautoscaler/">documented</a>): so many game servers without a
 * session beside those that have one, looked at each 30 s. A game server with a session is never taken away, and takes
 * more as long as it has slots.
 */
final class BufferScaler implements Autoscaler {

    private static final int PERIOD = 30;

    private final int buffer;
    private final boolean isPercent;

    /** Of so many game servers, or of so many for each hundred that there are then. */
    BufferScaler(int buffer, boolean isPercent) {
        this.buffer = buffer;
        this.isPercent = isPercent;
    }

    @Override
    public String title() {
        return "Agones Buffer, " + buffer + (isPercent ? " %" : " servers of " + GamePod.SLOTS);
    }

    @Override
    public void act(GamePool pool) {
        if (Math.floorMod(pool.now(), PERIOD) == 0) {
            int allocated =
                    (int) pool.pods().stream().filter(pod -> pod.held() > 0).count();
            int wanted = isPercent ? (allocated * 100 + 99 - buffer) / (100 - buffer) : allocated + buffer;
            pool.scale(Math.max(LEAST, Math.min(MOST, wanted)));
        }
    }

    /** Those that have no session, and start; a fleet never has fewer than those that have. */
    @Override
    public Comparator<GamePod> firstToGo(GamePool pool) {
        return Comparator.comparing((GamePod pod) -> pod.held() > 0)
                .thenComparing(pod -> pod.hasStarted(pool.now()))
                .thenComparingInt(pod -> -pod.number);
    }
}
