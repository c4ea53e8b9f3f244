package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import kit.orchestration.examples.arena.game.Strategy;

/**
 * A match that is to be played.
 *
 * @param name its name
 * @param at when its players come, from the start of the run
 * @param selectors which pods will do
 * @param priority how urgent it is; higher wins
 * @param stones how large the heap is
 * @param first how one player plays
 * @param second how the other one does
 * @param mischief what an impostor does beside it, if one does
 * @param seed for the players' chances
 */
record MatchPlan(
        String name,
        Duration at,
        Map<String, String> selectors,
        int priority,
        int stones,
        Strategy first,
        Strategy second,
        Optional<Mischief> mischief,
        long seed) {}
