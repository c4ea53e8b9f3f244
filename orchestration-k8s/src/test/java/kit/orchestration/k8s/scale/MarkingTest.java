package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.Test;

class MarkingTest {

    private final ManualClock clock = new ManualClock();
    private final Marking marking = new Marking("draining", new Loop(clock.scheduler(), clock::nanoTime));

    private void refused(String pod, int status) {
        ApiException error = ApiException.answered("the patch", new Answer(status, "{}", ""));
        assertThat(marking.watch(pod, CompletableFuture.failedFuture(error))).isCompleted();
    }

    @Test
    void a_mark_that_can_not_be_written_is_no_failure_and_its_pod_is_passed_over_after_five() {
        for (int i = 0; i < 4; i++) {
            refused("full", 422);
        }
        assertThat(marking.unmarkable()).isEmpty();
        refused("full", 422);
        for (int i = 0; i < 9; i++) {
            refused("away", 500);
        }
        assertThat(marking.unmarkable()).containsExactly("full");

        marking.watch("full", CompletableFuture.completedFuture(""));
        assertThat(marking.unmarkable()).isEmpty();
    }

    @Test
    void after_one_there_is_a_pause() {
        refused("full", 422);
        assertThat(marking.isPausing()).isTrue();
        clock.advance(Duration.ofSeconds(1));
        assertThat(marking.isPausing()).isFalse();
    }

    @Test
    void one_that_was_passed_over_is_tried_again_later() {
        for (int i = 0; i < 5; i++) {
            refused("full", 422);
        }
        clock.advance(Marking.AGAIN.minusNanos(1));
        assertThat(marking.unmarkable()).containsExactly("full");
        clock.advance(Duration.ofNanos(1));
        assertThat(marking.unmarkable()).isEmpty();
        refused("full", 422);
        assertThat(marking.unmarkable()).containsExactly("full");
    }

    @Test
    void those_that_are_gone_are_forgotten() {
        for (int i = 0; i < 5; i++) {
            refused("full", 422);
        }
        marking.keep(Set.of("full"));
        assertThat(marking.unmarkable()).containsExactly("full");
        marking.keep(Set.of());
        assertThat(marking.unmarkable()).isEmpty();
    }
}
