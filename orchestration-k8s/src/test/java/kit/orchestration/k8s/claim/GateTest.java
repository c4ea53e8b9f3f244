package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.Test;

class GateTest {

    private final ManualClock clock = new ManualClock();
    private final Gate gate = new Gate(new Loop(clock.scheduler(), clock::nanoTime), 3);
    private final List<CompletableFuture<String>> made = new ArrayList<>();

    private CompletableFuture<String> pass() {
        return gate.pass(() -> {
            made.add(new CompletableFuture<>());
            return made.get(made.size() - 1);
        });
    }

    private void turn() {
        clock.advance(Duration.ofNanos(1));
    }

    @Test
    void some_are_made_and_each_that_ends_makes_room_for_the_next_in_line() {
        List<CompletableFuture<String>> answers =
                IntStream.range(0, 5).mapToObj(i -> pass()).toList();
        assertThat(made).hasSize(3);

        made.get(1).complete("one");
        turn();
        assertThat(answers.get(1)).isCompletedWithValue("one");
        assertThat(made).hasSize(4);

        made.get(0).completeExceptionally(new IllegalStateException("no"));
        turn();
        assertThat(answers.get(0)).isCompletedExceptionally();
        assertThat(made).as("after a failure, too").hasSize(5);

        made.get(3).complete("three");
        turn();
        assertThat(answers.get(3)).isCompletedWithValue("three");
        assertThat(pass()).isNotDone();
        assertThat(made).hasSize(6);
    }

    @Test
    void a_call_that_can_not_be_made_has_failed_and_keeps_no_place() {
        CompletableFuture<String> broken = gate.pass(() -> {
            throw new AssertionError("broken");
        });
        turn();
        assertThat(broken).isCompletedExceptionally();
        for (int i = 0; i < 3; i++) {
            pass();
        }
        assertThat(made).hasSize(3);
    }
}
