package kit.orchestration.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Schedules of this build's own: {@code -Dsimulation.schedules=20000 -Dsimulation.from=1} for more, or others. */
class ScheduleTest {

    @BeforeAll
    static void begin() {
        ErrorLog.begin();
    }

    @Test
    void nothing_happens_that_should_not() {
        long schedules = Long.getLong("simulation.schedules", 2_000);
        long from = Long.getLong("simulation.from", 1);
        List<String> breaches = new ArrayList<>();
        for (long seed = from; seed < from + schedules; seed++) {
            Set<String> found = new Schedule(seed).run();
            String which = "seed " + seed + ": ";
            found.forEach(breach -> breaches.add(which + breach));
        }
        assertThat(breaches)
                .as("simulation/run --seeds 1 --story --from SEED tells what happened")
                .isEmpty();
    }

    @Test
    void a_seed_tells_the_same_story_each_time() {
        for (long seed = 1; seed <= 20; seed++) {
            Schedule first = new Schedule(seed);
            first.run();
            Schedule second = new Schedule(seed);
            second.run();
            assertThat(second.story()).isEqualTo(first.story()).hasSizeGreaterThan(10);
        }
    }
}
