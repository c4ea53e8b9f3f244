package kit.orchestration.benchmarks.scaling;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Kubernetes' HorizontalPodAutoscaler by the part of each pod's slots that is held, with its defaults (<a
 * href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/">documented</a>): a look each 15 s,
 * a tolerance of a tenth, pods that are not ready count as empty when it grows, up by four pods or as many as there are
 * in a look, down to the most that was wanted in five minutes. The metric is as new as the look.
 */
final class UtilisationScaler implements Autoscaler {

    private static final int PERIOD = 15;
    private static final double TOLERANCE = 0.1;
    private static final int WINDOW = 300;

    private record Wanted(int at, int pods) {}

    private final double target;
    private final Deque<Wanted> wanted = new ArrayDeque<>();

    /** For so large a part of slots held. */
    UtilisationScaler(double target) {
        this.target = target;
    }

    @Override
    public String title() {
        return "HPA, " + Math.round(100 * target) + " % of slots held";
    }

    @Override
    public void act(GamePool pool) {
        int now = pool.now();
        if (Math.floorMod(now, PERIOD) != 0) {
            return;
        }
        int current = pool.replicas();
        wanted.add(new Wanted(now, wanted(pool, current)));
        wanted.removeIf(each -> now - each.at() > WINDOW);
        int most = wanted.stream().mapToInt(Wanted::pods).max().orElse(current);
        int last = wanted.getLast().pods();
        int next = last > current ? Math.min(last, Math.max(current + 4, 2 * current)) : Math.min(current, most);
        pool.scale(Math.max(LEAST, Math.min(MOST, next)));
    }

    private int wanted(GamePool pool, int current) {
        List<GamePod> ready =
                pool.pods().stream().filter(pod -> pod.isReady(pool.now())).toList();
        if (ready.isEmpty()) {
            return current;
        }
        double held = ready.stream().mapToInt(GamePod::held).sum() / (double) GamePod.SLOTS;
        double ratio = held / ready.size() / target;
        if (Math.abs(ratio - 1) <= TOLERANCE) {
            return current;
        }
        if (ratio < 1 || ready.size() == pool.pods().size()) {
            return (int) Math.ceil(ratio * ready.size());
        }
        double ofAll = held / pool.pods().size() / target;
        return ofAll <= 1 + TOLERANCE
                ? current
                : (int) Math.ceil(ofAll * pool.pods().size());
    }

    /** Not ready before ready, then those that are ready for the shortest time. */
    @Override
    public Comparator<GamePod> firstToGo(GamePool pool) {
        return Comparator.comparing((GamePod pod) -> pod.isReady(pool.now())).thenComparingInt(pod -> -pod.number);
    }
}
