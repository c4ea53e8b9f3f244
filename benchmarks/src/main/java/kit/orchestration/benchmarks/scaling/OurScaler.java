package kit.orchestration.benchmarks.scaling;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import kit.orchestration.k8s.scale.PeakNeed;
import kit.orchestration.k8s.scale.PoolPod;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScalePolicy;
import kit.orchestration.k8s.scale.ScalePolicy.Buffer;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.ScalePolicy.Plan;
import kit.orchestration.k8s.scale.ScalePolicy.Sight;

/** The policy of {@code PoolScaler} itself, each second, as the scaler's leader runs it. */
final class OurScaler implements Autoscaler {

    private final ScalePolicy policy;
    private final PeakNeed peak = new PeakNeed(Duration.ofMinutes(5));
    private final Set<String> cheap = new HashSet<>();

    OurScaler(Buffer buffer) {
        policy = new ScalePolicy(LEAST, MOST, buffer, Order.BY_COST);
    }

    @Override
    public String title() {
        return "PoolScaler, buffer " + policy.buffer() + (policy.buffer().isPercent() ? "" : " slots");
    }

    @Override
    public void act(GamePool pool) {
        List<PoolPod> pods =
                pool.pods().stream().map(pod -> see(pod, pool.now())).toList();
        Sight sight = new Sight(pods, pool.waiting(), pool.replicas(), GamePod.SLOTS, true);
        long nanos = TimeUnit.SECONDS.toNanos(pool.now());
        peak.needs(nanos, policy.needed(sight));
        OptionalInt most = peak.most(nanos);
        Plan plan = policy.plan(sight, most);
        cheap.removeAll(plan.dear());
        cheap.addAll(plan.cheap());
        for (GamePod pod : pool.pods()) {
            if (plan.mark().contains(name(pod))) {
                pod.mark(true, pool.now());
            } else if (plan.unmark().contains(name(pod))) {
                pod.mark(false, pool.now());
            }
        }
        pool.scale(plan.replicas());
    }

    private PoolPod see(GamePod pod, int now) {
        Phase phase;
        if (pod.isMarked()) {
            phase = pod.held() == 0 && !pod.isReady(now) ? Phase.IDLE : Phase.DRAINING;
        } else {
            phase = pod.takesSessions(now) ? Phase.OPEN : Phase.COMING;
        }
        return new PoolPod(name(pod), GamePod.SLOTS, pod.held(), phase, -1, "", cheap.contains(name(pod)));
    }

    private static String name(GamePod pod) {
        return "pod-" + pod.number;
    }

    /** Not ready before ready; of those the idle ones, whose deletion costs least. */
    @Override
    public Comparator<GamePod> firstToGo(GamePool pool) {
        return Comparator.comparing((GamePod pod) -> pod.isReady(pool.now()))
                .thenComparing(pod -> pod.hasStarted(pool.now()))
                .thenComparing(pod -> !pod.isMarked() || pod.held() > 0)
                .thenComparingInt(pod -> -pod.number);
    }
}
