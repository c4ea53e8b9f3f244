package kit.orchestration.k8s.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.local.ManualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrandsTest {

    private static final int AT_ONCE = 2;
    private static final Duration ASKED = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final Errands errands =
            new Errands("a test", AT_ONCE, new Loop(clock.scheduler(), clock::nanoTime), new Random(7));
    /** Calls that are made, and have no answer yet. */
    private final List<CompletableFuture<Void>> calls = new ArrayList<>();

    private int made;
    private int over;

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            errands.add(
                    () -> {
                        made++;
                        CompletableFuture<Void> call = new CompletableFuture<>();
                        calls.add(call);
                        return call;
                    },
                    () -> over++);
        }
    }

    private void answer(int status, String retryAfter) {
        calls.remove(0).completeExceptionally(ApiException.answered("a call", Statuses.answer(status, retryAfter)));
    }

    @Test
    void however_many_there_are_a_few_are_under_way_at_a_time() {
        add(10_000);

        while (!calls.isEmpty()) {
            assertThat(calls).hasSizeLessThanOrEqualTo(AT_ONCE);
            calls.remove(0).complete(null);
        }

        assertThat(made).isEqualTo(10_000);
        assertThat(over).isEqualTo(10_000);
    }

    @Test
    void while_the_server_is_busy_all_stay_away_for_as_long_as_it_asks() {
        add(100);

        answer(429, "30");
        calls.remove(0).complete(null);
        clock.advance(ASKED.minusMillis(1));
        assertThat(made).isEqualTo(AT_ONCE);

        clock.advance(ASKED); // and by chance up to a half more, so that not all come back together
        assertThat(calls).hasSize(AT_ONCE);
    }

    @ParameterizedTest
    @CsvSource({"503, '', 429, 30", "429, 30, 503, ''"})
    void what_one_is_asked_holds_though_another_fails_beside_it(int first, String asked, int then, String askedThen) {
        add(100);

        answer(first, asked);
        answer(then, askedThen);
        clock.advance(ASKED.minusMillis(1));
        assertThat(made).isEqualTo(AT_ONCE);

        clock.advance(ASKED);
        assertThat(calls).hasSize(AT_ONCE);
    }

    @Test
    void what_fails_is_tried_again_less_and_less_often_and_holds_nobody_up() {
        add(1);
        int tries = 1;
        for (int i = 0; i < 600; i++) {
            if (!calls.isEmpty()) {
                answer(403, "");
            }
            clock.advance(Duration.ofSeconds(1));
            tries = made;
        }
        assertThat(tries).isBetween(15, 40);

        add(1);
        clock.advance(Duration.ofMinutes(1));
        assertThat(calls).hasSize(2);
        calls.remove(1).complete(null);
        assertThat(over).isEqualTo(1);
    }

    @Test
    void whoever_finds_that_another_was_faster_is_done() {
        add(3);

        answer(409, "");
        answer(404, "");
        calls.remove(0).complete(null);

        assertThat(over).isEqualTo(3);
        assertThat(made).isEqualTo(3);
    }
}
