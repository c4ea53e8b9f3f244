package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

/** Somebody else wants the pod to take no new sessions, by an annotation of its Lease. */
class DrainMarkTest extends LedgerRig {

    private static final String CLOSED = "closed/boot-1 1";

    private void mark(String text) {
        server.write(Map.of(LedgerNames.DRAIN, text));
        time.advance(Duration.ofSeconds(1));
    }

    private void unmark() {
        server.remove(LedgerNames.DRAIN);
        time.advance(Duration.ofSeconds(1));
    }

    private CompletableFuture<Void> say(boolean open) {
        CompletableFuture<Void> said = new CompletableFuture<>();
        pod.open(open);
        pod.await(pod::isSaid, said);
        time.advance(Duration.ofSeconds(1));
        return said;
    }

    private String state() {
        return server.text(LedgerNames.STATE);
    }

    @Test
    void closes_the_pod_while_it_stands_and_says_who_asks() {
        mark("alice: node 7\nleaves");

        assertThat(state()).isEqualTo(CLOSED);
        assertThat(pod.asked().orElseThrow())
                .contains("asked to drain by annotation drain", "orchestration-arena-1", "\"alice: node 7?leaves\"");

        unmark();

        assertThat(state()).isEqualTo(OPEN);
        assertThat(pod.asked()).isEmpty();
    }

    @Test
    void is_obeyed_without_a_text_and_shown_in_part_if_it_is_long() {
        mark("");
        assertThat(state()).isEqualTo(CLOSED);
        mark("x".repeat(100_000));
        assertThat(state()).isEqualTo(CLOSED);
        assertThat(pod.asked().orElseThrow()).hasSizeLessThan(400);
    }

    @Test
    void leaves_the_sessions_alone_also_one_that_was_claimed_just_before() {
        server.silent = true;
        server.write(Map.of("0", held(7, "s-1")));
        server.silent = false;
        mark("alice");

        assertThat(told).containsExactly("claimed s-1");
        assertThat(server.text("0")).isEqualTo(held(7, "s-1"));
        pod.free(claim("s-1", 0));
        time.advance(Duration.ofSeconds(3));
        assertThat(server.text("0")).isEqualTo("8");
        assertThat(server.text(LedgerNames.DRAIN))
                .as("it is not the pod's to take away")
                .isEqualTo("alice");
    }

    @Test
    void does_not_undo_what_the_pod_says_when_it_ends() {
        mark("alice");
        say(false);
        unmark();
        assertThat(state()).isEqualTo(CLOSED);

        say(true);
        assertThat(state()).isEqualTo(OPEN);
        mark("alice");
        pod.drain();
        pod.step();
        unmark();
        assertThat(state()).isEqualTo(CLOSED + " draining");
    }

    @Test
    void lets_the_pod_say_that_it_is_ready_and_opens_it_when_it_ends() {
        say(false);
        mark("alice");

        assertThat(say(true)).as("the pod's word is taken").isDone();
        assertThat(state()).isEqualTo(CLOSED);
        assertThat(pod.asked().orElseThrow()).contains("asked to drain");
        assertThat(pod.problem()).as("or the game's ready() would fail").isEmpty();

        unmark();
        assertThat(state()).isEqualTo(OPEN);
    }

    @Test
    void is_obeyed_though_the_opening_is_still_on_its_way() {
        say(false);
        server.holdPatches = true;
        pod.open(true);
        pod.step();
        time.advance(Duration.ofMillis(100));
        server.cutPatches();
        server.holdPatches = false;
        mark("alice");
        time.advance(Duration.ofSeconds(5));
        server.releasePatches();
        time.advance(Duration.ofSeconds(1));

        assertThat(state()).startsWith(CLOSED);
    }

    @Test
    void is_gone_with_a_lease_that_is_deleted() {
        mark("alice");
        server.delete();
        time.advance(LedgerWriter.AWAY.plusSeconds(2));

        assertThat(server.text(LedgerNames.DRAIN)).isNull();
        assertThat(state()).startsWith("open/boot-1 1");
    }
}
