package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import kit.orchestration.ledger.lease.Transport.Answer;
import org.junit.jupiter.api.Test;

class RetryTest {

    private static final Duration FIRST = Duration.ofMillis(20);
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final Retry retry = new Retry("a test");

    @Test
    void pauses_grow_up_to_a_bound_and_start_anew_after_a_success() {
        assertThat(retry.failed("x")).isBetween(FIRST.dividedBy(2), FIRST);
        for (int i = 0; i < 100; i++) {
            assertThat(retry.failed("x")).isBetween(FIRST, LONGEST);
        }
        assertThat(retry.failed("x")).isGreaterThanOrEqualTo(LONGEST.dividedBy(2));

        retry.succeeded();

        assertThat(retry.failed("x")).isBetween(FIRST.dividedBy(2), FIRST);
    }

    @Test
    void what_can_wait_has_longer_pauses_and_says_what_to_do() {
        Duration half = Duration.ofMillis(500);
        Retry calm = new Retry(
                "a duty", new Backoff(half, Duration.ofSeconds(30)), error -> "; the way out of " + error.code());

        assertThat(calm.failed(ApiException.answered("the patch", new Answer(403, "", ""))))
                .isBetween(half.dividedBy(2), half);
        assertThat(calm.problem()).isEqualTo("the patch was answered 403; the way out of 403");
        assertThat(calm.failed("x")).isBetween(half, half.multipliedBy(2));

        calm.succeeded();

        assertThat(calm.failed("x")).isBetween(half.dividedBy(2), half);
    }

    @Test
    void a_server_that_asks_to_be_left_alone_is() {
        ApiException busy = ApiException.answered("the patch", new Answer(429, "", "3"));

        assertThat(retry.failed(busy)).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void who_knows_the_way_out_says_it_and_the_server_is_left_alone_all_the_same() {
        ApiException busy = ApiException.answered("the patch", new Answer(429, "", "3"));

        assertThat(retry.failed("the patch was answered 429: raise its quota", busy))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        assertThat(retry.problem()).isEqualTo("the patch was answered 429: raise its quota");
    }
}
