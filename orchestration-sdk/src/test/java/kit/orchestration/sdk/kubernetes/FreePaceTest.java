package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FreePaceTest {

    private static long due(int free, int capacity, long oldestMs, long lastWriteMs) {
        return due(free, capacity, false, oldestMs, lastWriteMs);
    }

    private static long due(int free, int capacity, boolean roomElsewhere, long oldestMs, long lastWriteMs) {
        long due = FreePace.due(free, capacity, roomElsewhere, 1, millis(oldestMs), millis(lastWriteMs));
        return Duration.ofNanos(due).toMillis();
    }

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    @Test
    void endings_gather_for_a_second() {
        assertThat(due(50, 100, 5_000, 4_900)).isEqualTo(6_000);
    }

    @ParameterizedTest
    @CsvSource({"10, 100", "1, 2", "1, 9"})
    void the_first_ending_on_a_pod_that_is_nearly_full_is_written_at_once(int free, int capacity) {
        assertThat(due(free, capacity, 5_000, 4_000)).isEqualTo(5_000);
    }

    @Test
    void a_pod_that_is_nearly_full_where_many_end_writes_them_together() {
        assertThat(due(1, 100, 5_000, 4_900)).isEqualTo(5_400);
    }

    /** A request that does not wait is refused there, though a session has ended. */
    @ParameterizedTest
    @ValueSource(ints = {1, 10, 1_000})
    void a_pod_without_any_room_writes_at_once(int capacity) {
        assertThat(due(0, capacity, 5_000, 4_999)).isEqualTo(5_000);
    }

    /** Nobody is refused for it: that other pods have room was known when this one was filled. */
    @Test
    void a_pod_without_any_room_gathers_if_others_had_some() {
        assertThat(due(0, 100, true, 5_000, 4_900)).isEqualTo(5_400);
        assertThat(due(0, 100, true, 5_000, 4_000)).isEqualTo(5_000);
    }

    @Test
    void endings_that_are_many_wait_for_no_more() {
        assertThat(FreePace.due(50, 100, false, FreePace.ENOUGH, millis(5_000), millis(4_900)))
                .isEqualTo(millis(5_000));
        assertThat(FreePace.due(0, 100, true, FreePace.ENOUGH, millis(5_000), millis(4_900)))
                .isEqualTo(millis(5_000));
        assertThat(FreePace.due(50, 100, false, FreePace.ENOUGH - 1, millis(5_000), millis(4_900)))
                .isEqualTo(millis(6_000));
    }

    @ParameterizedTest
    @CsvSource({"11, 100", "2, 9", "2, 2"})
    void a_pod_with_room_is_in_no_hurry(int free, int capacity) {
        assertThat(due(free, capacity, 5_000, 0)).isEqualTo(6_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MIN_VALUE, -1, 0})
    void a_clock_that_overflows_does_no_harm(long now) {
        assertThat(FreePace.due(0, 1, false, 1, now, now) - now).isZero();
        assertThat(FreePace.due(1, 10, false, 1, now, now - millis(1_000)) - now)
                .isZero();
        assertThat(FreePace.due(1, 10, false, 1, now, now) - now).isEqualTo(millis(500));
        assertThat(FreePace.due(9, 10, false, 1, now, now) - now).isEqualTo(millis(1_000));
    }
}
