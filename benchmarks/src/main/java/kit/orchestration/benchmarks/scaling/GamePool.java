package kit.orchestration.benchmarks.scaling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * A pool of game servers, its controller and its allocator, second by second: sessions go to the fullest pod with room,
 * or wait in the order in which they came.
 */
final class GamePool {

    /** So long has a pod that is taken away, as {@code deploy/examples} has it, less the last writes. */
    private static final int GRACE = 900 - 5;

    private static final int START = 60;
    private static final int START_SPREAD = 15;

    /** A pod that was told to end, and until when its sessions have. */
    private record Ending(GamePod pod, int until) {}

    private record Waiter(int since, int length) {}

    private final Random random;
    private final Observations seen;
    private final List<GamePod> pods = new ArrayList<>();
    private final List<Ending> ending = new ArrayList<>();
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private int made;
    private int replicas;
    private int now;

    /** With so many pods that run already. */
    GamePool(Random random, Observations seen, int start, int replicas) {
        this.random = random;
        this.seen = seen;
        this.now = start;
        this.replicas = replicas;
        for (int i = 0; i < replicas; i++) {
            pods.add(new GamePod(made++, start));
        }
    }

    int now() {
        return now;
    }

    int waiting() {
        return waiters.size();
    }

    int replicas() {
        return replicas;
    }

    /** Those that were not told to end. */
    List<GamePod> pods() {
        return pods;
    }

    void scale(int to) {
        replicas = to;
    }

    /** A second passes, in which this load comes. */
    void pass(DayLoad load, Random arrivals) {
        now++;
        int count = load.arrivals(now, arrivals);
        for (int i = 0; i < count; i++) {
            waiters.add(new Waiter(now, load.length(now, arrivals)));
        }
        pods.forEach(pod -> pod.endSessions(now));
        ending.forEach(each -> each.pod().endSessions(now));
        ending.removeIf(each -> {
            if (now >= each.until()) {
                seen.cut(now, each.pod().held());
            }
            return now >= each.until() || each.pod().held() == 0;
        });
        place();
        int free = pods.stream()
                .filter(pod -> pod.takesSessions(now))
                .mapToInt(pod -> GamePod.SLOTS - pod.held())
                .sum();
        int held = pods.stream().mapToInt(GamePod::held).sum()
                + ending.stream().mapToInt(each -> each.pod().held()).sum();
        seen.second(now, free, held, pods.size() + ending.size());
    }

    private void place() {
        while (!waiters.isEmpty()) {
            GamePod fullest = pods.stream()
                    .filter(pod -> pod.takesSessions(now) && pod.held() < GamePod.SLOTS)
                    .max(Comparator.comparingInt(GamePod::held).thenComparingInt(pod -> -pod.number))
                    .orElse(null);
            if (fullest == null) {
                return;
            }
            Waiter first = waiters.remove();
            fullest.play(Math.max(now + 1, now + first.length()));
            seen.placed(first.since(), now - first.since());
        }
    }

    /** Has as many pods as it is to have: of those that are too many this order decides. */
    void control(Comparator<GamePod> firstToGo) {
        while (pods.size() < replicas) {
            pods.add(new GamePod(made++, now + START - START_SPREAD + random.nextInt(2 * START_SPREAD + 1)));
        }
        if (pods.size() > replicas) {
            pods.stream()
                    .sorted(firstToGo)
                    .limit(pods.size() - replicas)
                    .toList()
                    .forEach(pod -> {
                        pods.remove(pod);
                        ending.add(new Ending(pod, now + GRACE));
                    });
        }
    }
}
