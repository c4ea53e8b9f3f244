package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a refusal proves, by the times at which calls were sent and answered. */
class EvidenceTest {

    private static final long BATCH = 500;

    private final Evidence evidence = new Evidence(3);

    @Test
    void refusals_count_that_are_a_batch_apart() {
        evidence.refused(0, 500, BATCH);
        evidence.refused(100, 600, BATCH); // the same batch
        assertThat(evidence.count()).isEqualTo(1);
        evidence.refused(600, 1_100, BATCH);
        evidence.refused(1_100, 1_600, BATCH);
        assertThat(evidence.isCertain()).isTrue();
    }

    @Test
    void room_that_was_seen_takes_them_back_and_those_that_are_under_way() {
        evidence.refused(0, 500, BATCH);
        evidence.takenBack(1_000);
        assertThat(evidence.count()).isZero();
        evidence.refused(600, 1_100, BATCH); // asked for before there was room
        assertThat(evidence.count()).isZero();
        evidence.refused(1_000, 1_500, BATCH);
        assertThat(evidence.count()).isEqualTo(1);
    }

    @Test
    void it_says_when_the_next_refusal_counts() {
        assertThat(evidence.countsIn(0, BATCH)).isZero();
        evidence.refused(0, 100, BATCH);
        assertThat(evidence.countsIn(200, BATCH)).hasNanos(400);
        assertThat(evidence.countsIn(700, BATCH)).isZero();
        evidence.takenBack(700);
        assertThat(evidence.countsIn(700, BATCH)).isZero();
    }
}
