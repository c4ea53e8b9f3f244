package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MakingTest {

    private final Making making = new Making(Duration.ofNanos(10));

    @Test
    void pods_that_are_missing_are_waited_for_so_long_after_the_last_that_came() {
        assertThat(making.isStuck(5, 3, -4)).isFalse();
        assertThat(making.isStuck(5, 3, 6)).isFalse();
        assertThat(making.isStuck(5, 3, 7)).isTrue();
        assertThat(making.isStuck(5, 4, 8)).as("one came").isFalse();
        assertThat(making.isStuck(5, 4, 19)).isTrue();
        assertThat(making.isStuck(6, 4, 20)).as("another was asked for").isFalse();
        assertThat(making.isStuck(6, 3, 31)).as("one went").isTrue();
        assertThat(making.isStuck(3, 3, 32)).as("none is missing").isFalse();
        assertThat(making.isStuck(3, 2, 42))
                .as("one went, and its successor has its time")
                .isFalse();
    }
}
