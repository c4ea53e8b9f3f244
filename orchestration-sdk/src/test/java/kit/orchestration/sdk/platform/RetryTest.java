package kit.orchestration.sdk.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryTest {

    private final Retry retry = new Retry("a test", Retry.LONGEST);

    @Test
    void waits_grow_up_to_a_bound_and_start_anew_after_a_success() {
        assertThat(retry.failed("x")).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
        assertThat(retry.failed("x")).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
        for (int i = 0; i < 100; i++) {
            assertThat(retry.failed("x")).isBetween(Duration.ofMillis(200), Retry.LONGEST);
        }
        assertThat(retry.failed("x")).isGreaterThanOrEqualTo(Retry.LONGEST.dividedBy(2));

        retry.succeeded();

        assertThat(retry.failed("x")).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    }
}
