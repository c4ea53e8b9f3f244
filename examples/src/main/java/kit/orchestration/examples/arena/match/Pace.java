package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How fast people are.
 *
 * @param move how long a player thinks about a move on average
 */
public record Pace(Duration move) {

    /** As slow as can be watched, and as quick as one likes to wait for. */
    public static final Pace USUAL = new Pace(Duration.ofMillis(55));

    void think(RandomGenerator random) throws InterruptedException {
        Thread.sleep(random.nextLong(move.toMillis() / 2, 1 + move.toMillis() * 3 / 2));
    }
}
