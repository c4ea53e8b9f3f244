package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.kubernetes.StoredLease.Stored;
import org.junit.jupiter.api.Test;

/** Answers to reads that come when something newer is known already, or when the pod is closed. */
class LateAnswerTest extends LedgerRig {

    private final CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();

    /** A player comes whose session is not known, and the read for it takes its time. */
    private void ask() {
        server.holdReads = true;
        pod.find("s-9", "none", answer);
        time.advance(Duration.ofSeconds(1));
    }

    @Test
    void that_there_is_no_lease_does_not_count_once_a_later_one_was_seen() {
        Stored before = server.stored;
        server.stored = new Stored(before.version() + 1, null);
        ask();
        server.stored = new Stored(before.version() + 1, before.annotations());
        server.write(Map.of("0", held(7, "s-1")));
        time.advance(Duration.ofSeconds(1));

        server.releaseReads();
        time.advance(Duration.ofSeconds(1));
        pod.open(false);
        pod.step();
        time.advance(Duration.ofSeconds(1));

        assertThat(answer).isCompletedWithValue(Optional.empty());
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-1 1");
    }

    @Test
    void that_there_is_a_lease_does_not_count_once_it_was_seen_deleted() {
        ask();
        server.delete();
        time.advance(Duration.ofSeconds(1));

        comesLate();
    }

    @Test
    void that_a_lease_has_changed_does_not_count_once_it_was_seen_deleted() {
        server.silent = true;
        server.write(Map.of("0", held(7, "s-1")));
        ask();
        server.delete();
        time.advance(Duration.ofSeconds(1));

        comesLate();
        assertThat(told).isEmpty();
    }

    @Test
    void nor_where_a_read_had_not_found_it_before() {
        server.missedReads = 1;
        pod.find("s-8", "none", new CompletableFuture<>());
        time.advance(Duration.ofMillis(100));
        assertThat(pod.problem()).isPresent();
        ask();
        server.delete();
        time.advance(Duration.ofSeconds(1));

        comesLate();
    }

    private void comesLate() {
        server.releaseReads();
        time.advance(Duration.ofSeconds(1));
        assertThat(pod.problem()).isPresent();
        time.advance(LedgerWriter.AWAY.plusSeconds(1));
        assertThat(server.text(LedgerNames.STATE)).as("is made anew").isEqualTo(OPEN);
        assertThat(pod.problem()).isEmpty();
    }

    @Test
    void that_the_storage_was_set_back_does_not_count_once_a_later_version_was_seen() {
        Stored backup = server.stored;
        play("s-1", 7);
        server.setBack(backup);
        ask();
        server.silent = false;
        for (int i = 0; i < 5; i++) {
            server.write(Map.of("1", held(9 + i, "s-" + (2 + i))));
        }
        time.advance(Duration.ofSeconds(1));
        assertThat(told).last().isEqualTo("claimed s-6");

        server.releaseReads();
        time.advance(Duration.ofSeconds(1));

        assertThat(told).last().isEqualTo("claimed s-6");
    }

    @Test
    void a_read_that_fails_is_tried_again_for_a_player_who_waits() {
        server.failReads = true;
        pod.find("s-9", "none", answer);
        time.advance(Duration.ofMillis(300));

        server.failReads = false;
        server.silent = true;
        server.write(Map.of("0", held(7, "s-9")));
        time.advance(Duration.ofSeconds(1));

        assertThat(answer).isCompletedWithValue(Optional.of(claim("s-9", 0)));
    }

    @Test
    void a_player_is_told_so_once_the_reads_have_failed_for_a_call_s_time() {
        server.failReads = true;
        pod.find("s-9", "none", answer);
        time.advance(LedgerRig.PATIENCE);
        assertThat(answer).isNotDone();

        time.advance(Duration.ofSeconds(1));

        assertThat(answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PlatformException.class);
    }

    @Test
    void a_player_who_waits_when_the_pod_is_closed_or_comes_then_is_told_so() {
        ask();
        assertThat(answer).isNotDone();

        pod.stop();
        CompletableFuture<Optional<ClaimedSlot>> late = new CompletableFuture<>();
        pod.find("s-1", "none", late);

        assertThat(answer).isCompletedExceptionally();
        assertThat(late)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(PlatformException.class);
    }

    /** It would be refused for as long as it is asked. */
    @Test
    void a_player_is_told_at_once_that_the_pod_may_not_read() {
        server.failReads = true;
        server.failure = 403;
        pod.find("s-9", "none", answer);
        time.advance(Duration.ofMillis(1));

        assertThat(answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .withMessageContaining("403");
    }

    @Test
    void reads_that_fail_are_made_for_all_who_wait_together() {
        server.failReads = true;
        server.asks.clear();
        for (int i = 0; i < 20; i++) {
            pod.find("s-" + i, "none", new CompletableFuture<>());
            time.advance(Duration.ofMillis(13));
        }
        time.advance(Duration.ofMillis(740)); // a second in all

        assertThat(server.asks).hasSizeLessThan(6);
    }
}
