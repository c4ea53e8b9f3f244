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
    void of_the_next_batch_is_what_is_answered_a_little_early_and_not_what_was_asked_at_once() {
        evidence.refused(0, 530, BATCH); // 30 on its way
        evidence.refused(655, 700, BATCH); // while the batch lasted
        assertThat(evidence.count()).isEqualTo(1);
        evidence.refused(655, 1_001, BATCH);
        assertThat(evidence.count()).isEqualTo(2);
    }
}
