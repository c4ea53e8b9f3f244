package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A write that meets a busy server, or a bug: what is due is written all the same. */
class TroubledWriterTest extends LedgerRig {

    @BeforeEach
    void claim() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2")));
        time.advance(Duration.ofSeconds(1));
        server.asks.clear();
    }

    private void end(String session, int slot) {
        pod.free(claim(session, slot));
        time.advance(Duration.ofSeconds(3));
    }

    @Test
    void a_busy_server_is_left_alone_for_as_long_as_it_asks_and_then_written_to() {
        server.refuseNext("20");

        end("s-1", 0); // within three seconds it is refused
        time.advance(Duration.ofSeconds(17)); // and two of its twenty are over for certain
        assertThat(server.writes()).isEqualTo(1);
        assertThat(server.text("0")).isEqualTo(held(7, "s-1"));

        time.advance(Duration.ofSeconds(13)); // up to a half more, so that not all come back at once
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.writes()).isEqualTo(2);
    }

    /** What comes to an end, or is said, while it is left alone does not disturb it either. */
    @Test
    void what_ends_meanwhile_waits_too() {
        server.refuseNext("20");
        end("s-1", 0);

        end("s-2", 1);
        pod.open(false);
        pod.await(pod::isSaid, new CompletableFuture<>());
        time.advance(Duration.ofSeconds(13));
        assertThat(server.writes()).isEqualTo(1);

        time.advance(Duration.ofSeconds(13));
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo("10");
    }
}
