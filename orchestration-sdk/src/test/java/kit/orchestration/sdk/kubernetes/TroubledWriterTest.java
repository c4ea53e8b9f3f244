package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Watcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** As one that has requests in line, and gives up on them after a while. */
    @Test
    void a_busy_server_that_says_so_late_is_left_alone_too() {
        CompletableFuture<Answer> late = new CompletableFuture<>();
        server.refusals.add(() -> late);
        server.refusals.add(CompletableFuture::new); // what goes beside it
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofMillis(1_005));
        late.complete(new Answer(429, "", "20"));
        time.advance(Duration.ofSeconds(19));
        assertThat(server.text("0")).isEqualTo(held(7, "s-1"));
        assertThat(server.writes()).isEqualTo(2);

        time.advance(Duration.ofSeconds(50));
        assertThat(server.text("0")).isEqualTo("8");
    }

    /** A role that lacks the right, or a policy: the pod stays full, and whoever asks it is to learn why. */
    @Test
    void what_the_pod_may_not_write_for_long_is_its_problem_until_it_may() {
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no such right", "")));
        }
        pod.open(false);
        pod.step();
        time.advance(Duration.ofSeconds(20));
        assertThat(pod.problem().orElse("")).as("nothing has ended").doesNotContain("sessions have ended");
        end("s-1", 0);
        time.advance(Duration.ofSeconds(5));
        assertThat(pod.problem().orElse("")).as("it may pass").doesNotContain("sessions have ended");
        time.advance(Duration.ofSeconds(10));
        assertThat(pod.problem().orElseThrow())
                .contains("this pod can't write that sessions have ended: ")
                .contains("no such right");

        server.refusals.clear();
        time.advance(Duration.ofSeconds(5));
        assertThat(pod.problem()).isEmpty();
        assertThat(server.text("0")).isEqualTo("8");
    }

    /** As an API server that restarts: it has no roles yet, and then its answer is lost. */
    @Test
    void what_was_refused_once_and_is_written_is_no_problem() {
        server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no roles yet", "")));
        server.refusals.add(() -> {
            server.write(Map.of("0", "8"));
            return CompletableFuture.failedFuture(new IOException("connection reset"));
        });
        end("s-1", 0);
        assertThat(server.text("0")).isEqualTo("8");

        time.advance(Duration.ofHours(1));

        assertThat(pod.problem()).isEmpty();
    }

    /** As an allocator does that takes a claim back. */
    @Test
    void nor_is_what_somebody_else_has_freed() {
        server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no roles yet", "")));
        pod.free(claim("s-1", 0));
        while (server.writes() == 0) {
            time.advance(Duration.ofMillis(100));
        }
        server.write(Map.of("0", "8"));

        time.advance(Duration.ofHours(1));

        assertThat(pod.problem()).isEmpty();
    }

    /** The last of them says nothing of rights, or of the pod. */
    @Test
    void nor_is_a_server_that_is_away_since() {
        server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no roles yet", "")));
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(503, "later", "")));
        }
        end("s-1", 0);
        time.advance(Duration.ofSeconds(30));

        assertThat(pod.problem().orElse("")).doesNotContain("sessions have ended");
    }

    /** As a webhook that times out now and then, or one of several API servers that is away. */
    @Test
    void what_is_refused_and_not_answered_in_turn_is_its_problem_too() {
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no such right", "")));
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(503, "later", "")));
        }
        end("s-1", 0);
        time.advance(Duration.ofSeconds(20));

        assertThat(pod.problem().orElseThrow()).contains("sessions have ended").contains("no such right");
    }

    /** By then another write is under way. */
    @Test
    void what_is_denied_after_seconds_is_its_problem_too() {
        Queue<CompletableFuture<Answer>> asked = new ArrayDeque<>();
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> {
                CompletableFuture<Answer> late = new CompletableFuture<>();
                asked.add(late);
                return late;
            });
        }
        pod.free(claim("s-1", 0));
        for (int second = 0; second < 30; second++) {
            time.advance(Duration.ofSeconds(1));
            while (asked.size() > 2) { // each is silent for a second at least, and then another goes beside it
                asked.remove().complete(new Answer(403, "no such right", ""));
            }
        }

        assertThat(pod.problem().orElseThrow()).contains("sessions have ended").contains("no such right");
    }

    /** It is tried no sooner than it asks. */
    @Test
    void what_is_denied_with_a_word_to_stay_away_is_its_problem_too() {
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(403, "no such right", "15")));
        }
        end("s-1", 0);
        time.advance(Duration.ofSeconds(60));

        assertThat(pod.problem().orElseThrow()).contains("sessions have ended").contains("no such right");
    }

    /** A policy answers 422 unless it names another reason; a webhook 400, or what it likes. */
    @ParameterizedTest
    @ValueSource(ints = {400, 409, 422, 503})
    void what_a_policy_or_a_webhook_denies_is_its_problem_whatever_the_code(int code) {
        String text = code == 422
                ? "leases \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"
                : "admission webhook \"a.example\" denied the request: no";
        String body = LedgerJson.write(Map.of("kind", "Status", "code", code, "message", text));
        for (int i = 0; i < 1_000; i++) {
            server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(code, body, "")));
        }
        end("s-1", 0);
        time.advance(Duration.ofSeconds(20));

        assertThat(pod.problem().orElseThrow()).contains("sessions have ended").contains("denied");
    }

    private void assertBothAreFreed() {
        end("s-1", 0);
        end("s-2", 1);
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo("10");
    }

    @Test
    void an_error_of_the_sending_keeps_no_later_free_from_being_written() {
        server.refusals.add(() -> {
            throw new AssertionError("a bug of the transport");
        });

        assertBothAreFreed();
    }

    @Test
    void an_error_of_the_sending_of_a_read_keeps_no_later_free_from_being_written() {
        server.refusals.add(() -> CompletableFuture.completedFuture(new Answer(422, "", "")));
        server.brokenReads = 1;

        assertBothAreFreed();
        assertThat(server.brokenReads).isZero();
    }

    @Test
    void an_error_of_the_watchs_begin_has_it_begun_again() {
        server.silent = true;
        server.brokenWatches = 1;
        time.advance(Watcher.SILENCE.plusSeconds(10));
        assertThat(server.brokenWatches).isZero();

        server.write(Map.of("0", "8"));
        time.advance(Duration.ofSeconds(1));
        assertThat(told).contains("gone s-1");
    }

    @Test
    void an_error_of_the_listener_keeps_no_later_free_from_being_written() {
        long uses = 7;
        for (Error error : new Error[] {new StackOverflowError(), new AssertionError("a bug of the listener")}) {
            onTold = () -> {
                onTold = () -> {};
                throw error;
            };
            server.write(Map.of("0", held(uses + 1, "s-" + uses))); // s-1, or the one after it, is gone: it is told
            time.advance(Duration.ofSeconds(1));

            pod.free(claim("s-" + uses, 0));
            time.advance(Duration.ofSeconds(3));
            uses += 2;
            assertThat(server.text("0")).isEqualTo(Long.toString(uses));
        }
    }

    /** The answer to the pod's own write brings the news. */
    @Test
    void an_error_of_the_listener_at_an_answer_keeps_no_later_free_from_being_written() {
        server.holdPatches = true;
        end("s-1", 0);
        server.silent = true; // the watch does not tell
        server.write(Map.of("1", held(11, "s-3")));
        onTold = () -> {
            onTold = () -> {};
            throw new StackOverflowError();
        };
        server.releasePatches();
        time.advance(Duration.ofSeconds(1));
        assertThat(told).contains("gone s-2");

        end("s-3", 1);
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text("1")).isEqualTo("12");
    }
}
