package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.ManualTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often a server shows itself: after a minute, and the longer nobody else writes the more seldom. */
class PresenceTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualTime time = new ManualTime();
    /** The minutes in which it has shown itself. */
    private final List<Long> shown = new ArrayList<>();

    private boolean sought = true;
    private final Presence presence = new Presence(
            new Loop(time, time::nanoTime),
            MINUTE,
            () -> sought,
            text -> {
                shown.add(Duration.ofNanos(time.nanoTime()).toMinutes());
                annotated(text);
                return CompletableFuture.completedFuture(null);
            },
            "boot");

    private void annotated(String text) {
        presence.seen(Map.of(AgonesNames.SDK_PREFIX + Presence.ANNOTATION, text));
    }

    private void somebodyWrites() {
        annotated(shown.isEmpty() ? "" : "boot." + (shown.size() - 1));
    }

    @BeforeEach
    void start() {
        presence.start();
    }

    @Test
    void the_longer_nobody_else_writes_the_more_seldom() {
        time.advance(MINUTE.multipliedBy(150));

        assertThat(shown).containsExactly(1L, 3L, 7L, 15L, 31L, 63L, 95L, 127L);
    }

    @Test
    void a_write_by_somebody_else_makes_it_a_minute_again() {
        time.advance(MINUTE.multipliedBy(20));
        assertThat(shown).containsExactly(1L, 3L, 7L, 15L);

        somebodyWrites();
        time.advance(MINUTE.multipliedBy(5));

        assertThat(shown).as("after a minute without any").containsExactly(1L, 3L, 7L, 15L, 22L, 24L);
    }

    @Test
    void while_others_write_it_need_not() {
        for (int i = 0; i < 60; i++) {
            somebodyWrites();
            time.advance(MINUTE);
        }

        assertThat(shown).isEmpty();
    }

    @Test
    void nor_while_nobody_seeks_it_or_when_it_is_over() {
        sought = false;
        time.advance(MINUTE.multipliedBy(10));
        assertThat(shown).isEmpty();
        sought = true;
        presence.stop();
        time.advance(MINUTE.multipliedBy(100));
        assertThat(shown).isEmpty();
    }
}
