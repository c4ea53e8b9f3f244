package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Watcher;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.kubernetes.StoredLease.Stored;
import org.junit.jupiter.api.Test;

/** The storage is restored from a backup: versions and use counts go down. */
class SetBackTest extends LedgerRig {

    @Test
    void what_a_new_list_says_is_believed_and_a_claim_that_came_since_is_told() {
        Stored backup = server.stored;
        play("s-1", 7);
        play("s-2", 8);
        server.setBack(backup);
        server.write(Map.of("0", held(7, "s-3")));

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(told).containsExactly("claimed s-1", "claimed s-2", "claimed s-3");
        play("s-4", 8);
    }

    @Test
    void a_player_who_comes_before_the_list_is_found() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.write(Map.of("0", held(7, "s-3")));

        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        pod.find("s-3", "none", answer);
        time.advance(Duration.ofSeconds(1));

        assertThat(answer).isCompletedWithValue(Optional.of(claim("s-3", 0)));
    }

    @Test
    void a_read_that_finds_it_out_has_the_watch_begun_anew() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        pod.find("s-2", "none", new CompletableFuture<>());
        time.advance(Duration.ofSeconds(3));

        server.write(Map.of("0", held(7, "s-3")));
        time.advance(Duration.ofSeconds(1));

        assertThat(told).containsExactly("claimed s-1", "claimed s-3");
    }

    @Test
    void a_list_that_is_older_counts_once_a_read_says_so_too() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.write(Map.of("0", held(7, "s-3")));
        server.failReads = true;
        time.advance(Watcher.SILENCE.plusSeconds(10));
        assertThat(told).containsExactly("claimed s-1");
        server.asks.clear();

        server.failReads = false;
        time.advance(Duration.ofSeconds(3));

        assertThat(told).containsExactly("claimed s-1", "claimed s-3");
        assertThat(server.asks).hasSizeLessThan(10);
    }

    @Test
    void while_no_list_is_to_be_had_whatever_is_read_after_that_counts() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.forbidLists = true;
        server.forbidWatches = true;
        pod.find("s-2", "none", new CompletableFuture<>());
        time.advance(Duration.ofSeconds(3));
        server.write(Map.of("0", held(7, "s-3")));

        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        pod.find("s-3", "none", answer);
        time.advance(Duration.ofSeconds(1));

        assertThat(answer).isCompletedWithValue(Optional.of(claim("s-3", 0)));
    }

    @Test
    void what_ends_is_freed_before_the_list_and_the_server_is_not_flooded() {
        server.write(Map.of("1", held(9, "s-0")));
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        server.asks.clear();

        pod.free(claim("s-0", 1));
        time.advance(Duration.ofSeconds(10));

        assertThat(server.text("1")).isEqualTo("10");
        assertThat(server.asks).hasSizeLessThan(5);
    }

    @Test
    void a_state_that_was_set_back_is_written_again() {
        pod.open(false);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        pod.open(true);
        pod.step();
        time.advance(Duration.ofSeconds(1));
        server.setBack(backup);
        server.asks.clear();

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        assertThat(server.asks).hasSizeLessThan(10);
    }

    @Test
    void a_lease_that_is_younger_than_the_backup_is_made_anew_once() {
        server.setBack(new Stored(50, null));
        server.asks.clear();

        time.advance(Watcher.SILENCE.plus(LedgerWriter.AWAY).plusSeconds(60));

        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        assertThat(server.text("0")).isEqualTo("7");
        assertThat(server.asks).hasSizeLessThan(10);
    }

    @Test
    void a_claim_that_is_back_after_its_end_is_told_again_so_that_the_sdk_frees_it() {
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));
        Stored backup = server.stored;
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(3));
        server.setBack(backup);

        time.advance(Watcher.SILENCE.plusSeconds(10));

        assertThat(told).containsExactly("claimed s-1", "claimed s-1");
    }
}
