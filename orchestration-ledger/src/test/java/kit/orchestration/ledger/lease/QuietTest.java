package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuietTest {

    private static final long SECOND = 1_000_000_000L;

    private final long start = new VirtualTime().nanoTime(); // it overflows soon
    private final Quiet quiet = new Quiet(start);

    @Test
    void each_trouble_is_told_once_until_it_is_another() {
        assertThat(quiet.isNews("cut", start)).isTrue();
        assertThat(quiet.isNews("cut", start + 3_600 * SECOND)).isFalse();
        assertThat(quiet.isNews("refused", start + 3_601 * SECOND)).isTrue();
    }

    @Test
    void what_changes_all_the_time_is_told_now_and_then() {
        long told = 0;
        for (int i = 0; i < 1_000; i++) {
            if (quiet.isNews("cut " + i, start + i * SECOND / 10)) {
                told++;
            }
        }
        assertThat(told).isEqualTo(10);
    }

    @Test
    void its_end_is_told_if_it_was() {
        assertThat(quiet.isOver()).isFalse();
        quiet.isNews("cut", start);
        assertThat(quiet.isOver()).isTrue();
        assertThat(quiet.isOver()).isFalse();
        assertThat(quiet.isNews("cut", start + SECOND)).as("too soon").isFalse();
        assertThat(quiet.isOver()).isFalse();
        assertThat(quiet.isNews("cut", start + 11 * SECOND)).isTrue();
    }
}
