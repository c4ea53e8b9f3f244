package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.ClaimedSlot;
import org.junit.jupiter.api.Test;

/** Calls whose connection is dead, or that a slow server has: the next ones go beside them. */
class SilentCallTest extends LedgerRig {

    private static final Duration MOMENT = Duration.ofMillis(1);
    /** Much less than a call's time. */
    private static final Duration SOON = Duration.ofMillis(1_500);

    private CompletableFuture<Void> unready() {
        CompletableFuture<Void> said = new CompletableFuture<>();
        pod.open(false);
        pod.await(pod::isSaid, said);
        time.advance(MOMENT);
        return said;
    }

    @Test
    void what_has_ended_is_freed_all_the_same() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2")));
        time.advance(MOMENT);
        server.holdPatches = true;
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        server.holdPatches = false;

        time.advance(SOON);
        assertThat(server.text("0")).isEqualTo("8");

        server.write(Map.of("0", held(8, "s-3")));
        server.releasePatches();
        assertThat(server.text("0")).as("it comes late, and fails").isEqualTo(held(8, "s-3"));
    }

    /**
     * Or a server that is slow would have each write many times over, from every pod; but not so late that an allocator
     * takes what it sees for how it is.
     */
    @Test
    void what_is_slow_again_is_repeated_later() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2")));
        time.advance(MOMENT);
        server.asks.clear();
        server.holdPatches = true;
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(14));
        assertThat(server.writes())
                .as("after 0, 1, 3, 5, 7, 9, 11 and 13 seconds")
                .isEqualTo(8);

        server.holdPatches = false;
        server.releasePatches();
        time.advance(Duration.ofSeconds(20));
        assertThat(server.text("0")).isEqualTo("8");
    }

    @Test
    void what_is_said_is_written_all_the_same() {
        server.holdPatches = true;
        CompletableFuture<Void> said = unready();
        server.holdPatches = false;

        time.advance(SOON);
        assertThat(said).isDone();
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-1 1");
    }

    @Test
    void a_look_at_what_a_write_has_lost_to_keeps_the_next_one_waiting_no_longer() {
        server.write(Map.of("0", held(7, "s-1"), "1", held(9, "s-2")));
        time.advance(MOMENT);
        server.holdReads = true;
        server.silent = true;
        server.write(Map.of("0", held(7, "s-1") + " revoked"));
        pod.free(claim("s-1", 0));
        time.advance(MOMENT);
        server.holdReads = false;

        time.advance(Duration.ofSeconds(3));
        assertThat(server.text("0")).isEqualTo("8");
    }

    @Test
    void a_player_is_found_all_the_same() {
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        server.silent = true;
        server.write(Map.of("0", held(7, "s-9")));
        server.holdReads = true;
        pod.find("s-9", "none", answer);
        time.advance(MOMENT);
        server.holdReads = false;

        time.advance(SOON);
        assertThat(answer).isCompletedWithValue(Optional.of(claim("s-9", 0)));
    }

    @Test
    void a_busy_server_is_left_alone_for_as_long_as_it_asks_though_a_dead_read_fails_after_that() {
        server.failReads = true;
        server.holdReads = true;
        pod.find("s-9", "none", new CompletableFuture<>());
        time.advance(MOMENT);
        server.holdReads = false;
        server.failure = 429;
        server.retryAfter = "30";
        time.advance(Duration.ofSeconds(1));
        server.asks.clear();

        server.releaseReads();
        time.advance(Duration.ofSeconds(28));
        assertThat(server.asks).isEmpty();

        time.advance(Duration.ofSeconds(20));
        assertThat(server.asks).isNotEmpty();
    }

    /** Each write says the same as the one before, or none would be the last. */
    @Test
    void a_server_that_takes_longer_is_not_told_something_else_each_time() {
        server.holdPatches = true;
        CompletableFuture<Void> said = unready();
        time.advance(Duration.ofSeconds(3));
        assertThat(said).isNotDone();

        server.releasePatches();
        time.advance(MOMENT);

        assertThat(said).isDone();
        time.advance(Duration.ofSeconds(5));
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-1 1");
    }
}
