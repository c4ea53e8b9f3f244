package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void each_pause_is_up_to_twice_as_long_and_none_longer_than_the_last() {
        Backoff backoff = Backoff.FIRST;
        for (int millis : new int[] {20, 40, 80, 160, 320, 640, 1_000, 1_000}) {
            Duration most = Duration.ofMillis(millis);
            Backoff now = backoff;
            assertThat(pauses(i -> now.pause(random)))
                    .as("seed %d", seed)
                    .allMatch(pause -> pause.compareTo(most) <= 0 && pause.compareTo(most.dividedBy(2)) >= 0)
                    .anyMatch(pause -> pause.compareTo(most.multipliedBy(3).dividedBy(4)) > 0)
                    .anyMatch(pause -> pause.compareTo(most.multipliedBy(3).dividedBy(4)) < 0);
            backoff = backoff.longer();
        }
    }

    @Test
    void what_the_server_asks_for_is_honoured_with_some_more_by_chance() {
        assertThat(pauses(i -> Backoff.FIRST.pause(random, asking("10"))))
                .as("seed %d", seed)
                .allMatch(pause ->
                        pause.compareTo(Duration.ofSeconds(10)) >= 0 && pause.compareTo(Duration.ofSeconds(15)) <= 0)
                .anyMatch(pause -> pause.compareTo(Duration.ofSeconds(13)) > 0);
    }

    @Test
    void but_not_for_hours_and_never_less_than_our_own() {
        assertThat(pauses(i -> Backoff.FIRST.pause(random, asking("360000"))))
                .as("seed %d", seed)
                .allMatch(pause ->
                        pause.compareTo(Duration.ofMinutes(1)) >= 0 && pause.compareTo(Duration.ofSeconds(90)) <= 0);
        Backoff minutes = new Backoff(Duration.ofMinutes(4), Duration.ofMinutes(4));
        assertThat(minutes.pause(random, asking("1"))).isGreaterThanOrEqualTo(Duration.ofMinutes(2));
        assertThat(Backoff.FIRST.pause(random, asking(""))).isBetween(Duration.ofMillis(10), Duration.ofMillis(20));
    }

    @Test
    void pauses_are_in_order() {
        assertThatThrownBy(() -> new Backoff(Duration.ofNanos(-1), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ApiException asking(String seconds) {
        return ApiException.answered("x", new Transport.Answer(429, "", seconds));
    }

    private static java.util.List<Duration> pauses(IntFunction<Duration> pause) {
        return IntStream.range(0, 200).mapToObj(pause).toList();
    }
}
