package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerRankTest {

    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final long HOLD = Duration.ofSeconds(3).toNanos();

    @Test
    void a_pod_is_left_to_whoever_fills_it_now() {
        assertThat(rankFor("them", "2026-11-25T11:59:59.000000Z")).isEqualTo(2);
        assertThat(rankFor("us", "2026-11-25T11:59:59.000000Z")).isZero();
        assertThat(rankFor(null, null)).isEqualTo(1);
    }

    @Test
    void a_pod_that_somebody_filled_long_ago_is_left_to_nobody_from_the_first_look_on() {
        assertThat(rankFor("them", "2026-11-25T11:59:50.000000Z")).isEqualTo(1);
        assertThat(rankFor("them", "1970-01-01T00:00:00.000000Z")).isEqualTo(1);
    }

    @Test
    void clocks_that_differ_and_times_that_can_t_be_read_count_as_now() {
        assertThat(rankFor("them", "2026-11-25T12:10:00.000000Z")).isEqualTo(2);
        assertThat(rankFor("them", "soon")).isEqualTo(2);
    }

    private static int rankFor(@Nullable String holder, @Nullable String renewed) {
        LeaseView lease = new LeaseView(
                "orchestration-pod-1",
                "uid",
                1,
                "duel",
                "pod-uid",
                "pod-1",
                null,
                List.of(),
                Set.of(),
                holder,
                renewed,
                false);
        return new Ledger(lease, NOW).rank("us", HOLD);
    }
}
