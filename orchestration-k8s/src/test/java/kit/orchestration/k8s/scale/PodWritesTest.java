package kit.orchestration.k8s.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.Test;

class PodWritesTest {

    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final PodWrites writes = new PodWrites(new Loop(clock.scheduler(), clock::nanoTime), new Random(1));
    private int tries;

    private void refused(String pod, int status) {
        ApiException error = ApiException.answered("the patch", new Answer(status, "{}", ""));
        assertThat(writes.write(pod, () -> {
                    tries++;
                    return CompletableFuture.failedFuture(error);
                }))
                .isCompleted();
    }

    @Test
    void one_that_fails_is_no_failure_and_its_pod_alone_is_left_alone_for_a_while() {
        refused("full", 422);
        refused("full", 422);
        assertThat(tries).isEqualTo(1);
        refused("other", 500);
        assertThat(tries).isEqualTo(2);
        clock.advance(Duration.ofSeconds(1));
        refused("full", 422);
        assertThat(tries).isEqualTo(3);
    }

    /** And is tried again all the same: its Lease, or a policy, may have been mended. */
    @Test
    void one_that_fails_five_times_is_refusing_while_it_is_left_alone() {
        for (int i = 0; i < 4; i++) {
            refused("full", 422);
            assertThat(writes.refusing()).isEmpty();
            clock.advance(LONGEST);
        }
        refused("full", 422);
        assertThat(writes.refusing()).containsExactly("full");
        clock.advance(LONGEST);
        assertThat(writes.refusing()).isEmpty();
        refused("full", 422);
        assertThat(tries).isEqualTo(6);
        assertThat(writes.refusing()).containsExactly("full");

        clock.advance(LONGEST);
        assertThat(writes.write("full", () -> CompletableFuture.completedFuture("")))
                .isCompleted();
        refused("full", 422);
        assertThat(writes.refusing()).isEmpty();
    }

    @Test
    void those_that_are_gone_are_forgotten() {
        refused("full", 422);
        writes.keep(Set.of("full"));
        refused("full", 422);
        assertThat(tries).isEqualTo(1);
        writes.keep(Set.of());
        refused("full", 422);
        assertThat(tries).isEqualTo(2);
    }
}
