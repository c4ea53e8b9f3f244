package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.game.Strategy;

/**
 * Draws up who plays whom, when and where, from a seed. Players come in waves: in a crest there are more than the pods
 * have slots, so matches wait for room; in a trough all find it at once.
 */
final class Schedule {

    private static final int WAVE = 50;
    private static final int CREST = 35;
    private static final Duration IN_CREST = Duration.ofMillis(11);
    private static final Duration IN_TROUGH = Duration.ofMillis(65);
    private static final int MISCHIEF_EVERY = 4;
    private static final List<Strategy> STRATEGIES = List.of(Strategy.values());
    private static final List<Mischief> BESIDE_A_MATCH = List.of(
            Mischief.OTHER_KEY,
            Mischief.FOREIGN,
            Mischief.REPLAYED,
            Mischief.ALG_NONE,
            Mischief.CUT,
            Mischief.FOREIGN,
            Mischief.REPLAYED,
            Mischief.CHANGED,
            Mischief.GARBAGE);

    private Schedule() {}

    /**
     * As many matches as are asked for.
     *
     * @param regions where the pods are, the largest first
     */
    static List<MatchPlan> of(int matches, List<String> regions, long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        List<MatchPlan> plans = new ArrayList<>();
        Duration at = Duration.ZERO;
        for (int i = 0; i < matches; i++) {
            at = at.plus(i % WAVE < CREST ? IN_CREST : IN_TROUGH);
            plans.add(new MatchPlan(
                    String.format(Locale.ROOT, "m-%03d", i + 1),
                    at,
                    selectors(random.nextInt(4), i, regions),
                    priority(random.nextInt(10)),
                    15 + random.nextInt(11),
                    strategy(random),
                    strategy(random),
                    mischief(i),
                    random.nextLong()));
        }
        return List.copyOf(plans);
    }

    /** Half of the players are in the largest region, a quarter in the others; the rest does not mind. */
    private static Map<String, String> selectors(int dice, int match, List<String> regions) {
        return switch (dice) {
            case 0, 1 -> Map.of(PodPlan.REGION, regions.get(0));
            case 2 -> {
                int others = regions.size() - 1;
                yield Map.of(PodPlan.REGION, regions.get(others == 0 ? 0 : 1 + match % others));
            }
            default -> Map.of();
        };
    }

    private static int priority(int dice) {
        return dice == 0 ? 9 : dice < 4 ? 5 : 0;
    }

    private static Strategy strategy(RandomGenerator random) {
        return STRATEGIES.get(random.nextInt(STRATEGIES.size()));
    }

    private static Optional<Mischief> mischief(int match) {
        return match % MISCHIEF_EVERY != 1
                ? Optional.empty()
                : Optional.of(BESIDE_A_MATCH.get(match / MISCHIEF_EVERY % BESIDE_A_MATCH.size()));
    }
}
