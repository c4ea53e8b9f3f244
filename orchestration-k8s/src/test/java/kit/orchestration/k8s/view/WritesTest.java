package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WritesTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Writes writes = new Writes();

    /** Releases of as many sessions in one go are so many writes. */
    @Test
    void any_number_may_be_under_way() {
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (int i = 0; i < 70_000; i++) {
            ends.add(new CompletableFuture<>());
            assertThat(writes.begin(ends.get(i))).isTrue();
        }
        assertThat(writes.end(Duration.ZERO)).isFalse();
        assertThat(writes.begin(CompletableFuture.completedFuture(null)))
                .as("what they lead to")
                .isTrue();
        ends.forEach(end -> end.complete(null));
        assertThat(writes.begin(new CompletableFuture<>())).isFalse();
    }

    @Test
    void the_end_comes_when_none_is_under_way() {
        CompletableFuture<Void> one = new CompletableFuture<>();
        writes.begin(one);
        one.completeExceptionally(new IllegalStateException("failed"));
        assertThat(writes.end(LONG)).isTrue();
        assertThat(writes.begin(new CompletableFuture<>())).isFalse();
    }

    @Test
    void whoever_is_interrupted_waits_no_longer() {
        writes.begin(new CompletableFuture<>());
        Thread.currentThread().interrupt();
        assertThat(writes.end(LONG)).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
