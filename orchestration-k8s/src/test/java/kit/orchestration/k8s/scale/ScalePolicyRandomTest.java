package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScalePolicy.Buffer;
import kit.orchestration.k8s.scale.ScalePolicy.Order;
import kit.orchestration.k8s.scale.ScalePolicy.Plan;
import kit.orchestration.k8s.scale.ScalePolicy.Sight;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A pool under random load, with a controller that takes pods away in the order that Kubernetes' has, and as late as it
 * likes: whatever happens, no session is cut, and the number of pods stays within its bounds.
 */
class ScalePolicyRandomTest {

    private static final int STEPS = 1_500;
    private static final long STEP = Duration.ofSeconds(1).toNanos();

    /** The first of those in which the load is low; as many before it are busy. */
    private static final int CALM_STEP = 200;

    static Stream<Arguments> seeds() {
        return Stream.of(Order.values())
                .flatMap(order -> IntStream.range(0, 300).mapToObj(seed -> Arguments.of(order, seed)));
    }

    private static final class Pod {
        final int ordinal;
        final String revision;
        int held;
        boolean marked;
        /** By its own word, whatever the scaler wants. */
        boolean out;
        /** Whether its ledger takes claims. */
        boolean open;
        /** By the kubelet, who is late. */
        boolean ready;

        boolean cheap;
        /** As the scaler remembers it. */
        boolean letGo;

        Pod(int ordinal, String revision) {
            this.ordinal = ordinal;
            this.revision = revision;
        }

        Phase phase() {
            if (out) {
                return Phase.OUT;
            }
            if (marked) {
                return !open && held == 0 && !ready ? Phase.IDLE : Phase.DRAINING;
            }
            return open && ready ? Phase.OPEN : Phase.COMING;
        }

        boolean takesSessions() {
            return open && held < 10;
        }
    }

    private final List<Pod> pods = new ArrayList<>();
    /** Those that the controller is about to take away. */
    private final List<Pod> decided = new ArrayList<>();

    private int replicas = 3;
    private int waiting;
    private int named;
    private Random random;
    private ScalePolicy policy;
    /** Of the controller. */
    private Order order;

    @ParameterizedTest
    @MethodSource("seeds")
    void no_session_is_cut(Order by, int seed) {
        random = new Random(seed);
        order = by;
        boolean rightComesAndGoes = order == Order.BY_COST && seed % 2 == 1;
        int least = random.nextInt(4);
        policy = new ScalePolicy(least, least + 4 + random.nextInt(20), new Buffer(random.nextInt(12), false), order);
        replicas = least + random.nextInt(3);
        PeakNeed peak = new PeakNeed(Duration.ofSeconds(1 + random.nextInt(30)));
        int marks = 0;
        int lowered = 0;
        for (int step = 0; step < STEPS; step++) {
            load(step);
            podsGoOn();
            controller();
            if (rightComesAndGoes && random.nextInt(100) == 0) {
                Order other = policy.order() == Order.BY_COST ? Order.ANY_UNREADY : Order.BY_COST;
                policy = new ScalePolicy(policy.least(), policy.most(), policy.buffer(), other);
            }
            Sight sight = sight();
            peak.needs(step * STEP, policy.needed(sight));
            Plan plan = policy.plan(sight, peak.most(step * STEP));
            check(sight, plan);
            marks += plan.mark().size();
            lowered += Math.max(0, replicas - plan.replicas());
            carryOut(plan);
        }
        assertThat(marks).as("seed " + seed).isPositive();
        assertThat(lowered).as("seed " + seed).isPositive();
    }

    static Stream<Arguments> rollouts() {
        return seeds().filter(each -> each.get()[0] != Order.BY_ORDINAL);
    }

    /** Its controller waits for pods that are ready, and the scaler for one template alone. */
    @ParameterizedTest
    @MethodSource("rollouts")
    void a_rollout_comes_to_its_end(Order by, int seed) {
        random = new Random(seed);
        order = by;
        policy = new ScalePolicy(1, 20, new Buffer(random.nextInt(12), false), order);
        PeakNeed peak = new PeakNeed(Duration.ofSeconds(1 + random.nextInt(30)));
        int step = 0;
        while (step < STEPS / 4 || pods.stream().anyMatch(pod -> pod.revision.equals("r"))) {
            assertThat(step).as("seed " + seed + ": steps, and no end").isLessThan(STEPS);
            boolean rolls = step >= STEPS / 4;
            load(rolls ? CALM_STEP : step); // little, so that pods can be spared
            podsGoOn();
            if (rolls) {
                rollOn();
            } else {
                controller();
            }
            Sight sight = sight();
            peak.needs(step * STEP, policy.needed(sight));
            Plan plan = policy.plan(sight, peak.most(step * STEP));
            check(sight, plan);
            carryOut(plan);
            step++;
        }
    }

    /** As a Deployment's, with one pod more than asked for, and none less that is ready. */
    private void rollOn() {
        List<Pod> old = pods.stream().filter(pod -> pod.revision.equals("r")).toList();
        if (pods.size() <= replicas) {
            pods.add(new Pod(named++, "s"));
        }
        old.stream()
                .filter(pod ->
                        !pod.ready || pods.stream().filter(each -> each.ready).count() > replicas)
                .filter(pod -> pods.size() > replicas)
                .findFirst()
                .ifPresent(pods::remove);
    }

    private void load(int step) {
        int busy = (step / CALM_STEP) % 2 == 0 ? 12 : 1;
        waiting += random.nextInt(busy + 1);
        List<Pod> open = pods.stream().filter(Pod::takesSessions).toList();
        while (waiting > 0 && open.stream().anyMatch(Pod::takesSessions)) {
            Pod pod = open.get(random.nextInt(open.size()));
            if (pod.takesSessions()) {
                pod.held++;
                waiting--;
            }
        }
        pods.forEach(pod -> {
            int before = pod.held;
            for (int i = 0; i < before; i++) {
                pod.held -= random.nextInt(20) == 0 ? 1 : 0;
            }
        });
        waiting -= waiting > 50 ? waiting - 50 : 0; // they give up
    }

    /** Each thing when it likes: the ledger follows the mark, the kubelet the ledger. */
    private void podsGoOn() {
        for (Pod pod : pods) {
            boolean wanted = !pod.marked && !pod.out;
            if (random.nextInt(3) == 0) {
                pod.ready = pod.open;
            }
            if (random.nextInt(3) == 0) {
                pod.open = wanted;
            }
            // By hand. While one goes, nobody knows which.
            if (decided.isEmpty() && pods.size() <= replicas && random.nextInt(500) == 0) {
                pod.marked = false;
            }
            if (random.nextInt(pod.out ? 50 : 2_000) == 0) {
                pod.out = !pod.out;
            }
        }
    }

    private void controller() {
        if (random.nextInt(3) == 0) {
            return;
        }
        while (pods.size() < replicas) {
            int ordinal = order == Order.BY_ORDINAL
                    ? IntStream.iterate(0, i -> i + 1)
                            .filter(i -> pods.stream().noneMatch(pod -> pod.ordinal == i))
                            .findFirst()
                            .orElseThrow()
                    : named++;
            pods.add(new Pod(ordinal, "r"));
        }
        decide();
        while (!decided.isEmpty() && random.nextInt(4) != 0) { // whatever is asked for since
            Pod pod = decided.remove(0);
            assertThat(pod.held).as("sessions cut: " + pods.size() + " pods").isZero();
            pods.remove(pod);
        }
    }

    /** What it has decided it carries out. */
    private void decide() {
        if (decided.isEmpty() && pods.size() > replicas) {
            pods.stream().sorted(first(order)).limit(pods.size() - replicas).forEach(decided::add);
        }
    }

    /** Of a ReplicaSet: not ready before ready, then by cost; of what is alike the fullest, to be on the safe side. */
    private static Comparator<Pod> first(Order order) {
        Comparator<Pod> unready = Comparator.comparing((Pod pod) -> pod.ready);
        Comparator<Pod> fullest = Comparator.comparingInt((Pod pod) -> -pod.held);
        return switch (order) {
            case BY_ORDINAL -> Comparator.comparingInt((Pod pod) -> -pod.ordinal);
            case BY_COST -> unready.thenComparing(pod -> !pod.cheap).thenComparing(fullest);
            case ANY_UNREADY -> unready.thenComparing(fullest);
        };
    }

    private Sight sight() {
        return new Sight(
                pods.stream()
                        .map(pod -> new PoolPod(
                                        "p-" + pod.ordinal,
                                        10,
                                        pod.held,
                                        pod.phase(),
                                        pod.ordinal,
                                        pod.revision,
                                        pod.cheap)
                                .going(pod.cheap, pod.letGo))
                        .toList(),
                waiting,
                replicas,
                10,
                random.nextInt(20) != 0);
    }

    private void check(Sight sight, Plan plan) {
        assertThat(plan.replicas()).isGreaterThanOrEqualTo(Math.min(policy.least(), replicas));
        if (plan.replicas() > replicas) {
            assertThat(plan.replicas()).isLessThanOrEqualTo(policy.most());
        }
        int openAfter = (int) sight.pods().stream()
                        .filter(pod -> pod.phase() == Phase.OPEN)
                        .count()
                - plan.mark().size();
        if (!plan.mark().isEmpty()) {
            assertThat(sight.isCertain()).isTrue();
            assertThat(openAfter).isGreaterThanOrEqualTo(policy.least());
            if (openAfter < policy.most()) {
                assertThat(openAfter * 10).isGreaterThanOrEqualTo(plan.needed());
            }
        }
        if (plan.replicas() < replicas) {
            assertThat(plan.unmark()).isEmpty();
            long idle = sight.pods().stream()
                    .filter(pod -> pod.phase() == Phase.IDLE)
                    .count();
            assertThat(sight.pods().size() - plan.replicas()).isLessThanOrEqualTo((int) idle);
        }
    }

    private void carryOut(Plan plan) {
        boolean isRefused = plan.replicas() < replicas && random.nextInt(10) == 0;
        for (Pod pod : pods) {
            String name = "p-" + pod.ordinal;
            pod.marked =
                    (pod.marked || plan.mark().contains(name)) && !plan.unmark().contains(name);
            pod.cheap =
                    (pod.cheap || plan.cheap().contains(name)) && !plan.dear().contains(name);
            pod.letGo |= plan.letGo().contains(name) && !isRefused;
        }
        replicas = isRefused ? replicas : plan.replicas();
        if (policy.order() == Order.ANY_UNREADY) {
            decide(); // before another pod is ready no more: they could not be told apart
        }
    }
}
