package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import kit.orchestration.testkit.History.Event;
import org.junit.jupiter.api.Test;

/**
 * The storm. {@code -Dorchestration.storm.seconds=600} makes it longer, {@code -Dorchestration.storm.seed=…} repeats
 * the random choices of another run (not the order in which its threads ran).
 */
interface StormTests extends ContractTests {

    @Test
    @Rule({"1.1", "2.1", "2.2", "2.3", "2.4", "3.1", "3.3", "3.4", "3.5", "8.1", "8.6", "10.2"})
    default void storm_noIdTwiceNoSlotHeldTwiceNoneLost() throws Exception {
        long seconds = Long.getLong("orchestration.storm.seconds", 3);
        long seed = Long.getLong("orchestration.storm.seed", new Random().nextLong());
        System.out.printf("storm: %s s, seed %s%n", seconds, seed);

        Storm storm = new Storm(world(), seed);
        storm.run(Duration.ofSeconds(seconds));

        world().eventually(() -> assertThat(HistoryChecker.violations(storm.history()))
                .as("violations, seed %d", seed)
                .isEmpty());
        List<Event> history = storm.history();
        assertThat(history).filteredOn(History.Allocated.class::isInstance).isNotEmpty();
        assertThat(history).filteredOn(History.Started.class::isInstance).isNotEmpty();
    }
}
