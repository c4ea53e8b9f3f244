package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PeakNeedTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final PeakNeed peak = new PeakNeed(Duration.ofSeconds(10));
    /** Clocks may start anywhere, also just before they overflow. */
    private long now = Long.MAX_VALUE - 5 * SECOND;

    private void needs(int... slots) {
        for (int each : slots) {
            now += SECOND;
            peak.needs(now, each);
        }
    }

    @Test
    void it_says_nothing_before_it_has_watched_for_its_whole_time() {
        needs(5, 5, 5, 5, 5, 5, 5, 5, 5, 5);
        assertThat(peak.most(now)).isEmpty();
        needs(5);
        assertThat(peak.most(now)).hasValue(5);
    }

    @Test
    void a_moment_of_need_counts_for_its_time_and_no_longer() {
        needs(5, 5, 5, 90, 5, 7, 5, 5, 5, 5, 5, 5, 5, 5);
        assertThat(peak.most(now)).hasValue(90);
        needs(5);
        assertThat(peak.most(now)).hasValue(7);
        needs(5, 5);
        assertThat(peak.most(now)).hasValue(5);
        needs(8);
        assertThat(peak.most(now)).hasValue(8);
    }

    /** As when each look has failed. */
    @Test
    void what_was_not_watched_for_longer_than_its_time_is_watched_anew() {
        needs(300, 300, 300, 300, 300, 300, 300, 300, 300, 300, 300);
        assertThat(peak.most(now)).hasValue(300);
        now += Duration.ofSeconds(30).toNanos();
        needs(5);
        assertThat(peak.most(now)).as("some looks have failed").isPresent();
        now += Duration.ofSeconds(90).toNanos();
        needs(5);
        assertThat(peak.most(now)).isEmpty();
    }

    @Test
    void what_is_forgotten_is_watched_anew() {
        needs(5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5);
        peak.forget();
        assertThat(peak.most(now)).isEqualTo(OptionalInt.empty());
        needs(1);
        assertThat(peak.most(now)).isEmpty();
    }
}
