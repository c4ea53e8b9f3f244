package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pod says that it takes no claims while the write that it does is not answered, or never will be. */
class OverlappingWordsTest extends LedgerRig {

    private static final Duration MOMENT = Duration.ofMillis(1);

    @BeforeEach
    void an_open_on_its_way() {
        say(false);
        time.advance(MOMENT);
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-1 1");
        server.holdPatches = true;
        say(true);
        time.advance(MOMENT);
    }

    private CompletableFuture<Void> say(boolean open) {
        CompletableFuture<Void> said = new CompletableFuture<>();
        pod.open(open);
        pod.await(pod::isSaid, said);
        return said;
    }

    @Test
    void is_said_once_the_open_was_answered_and_undone() {
        CompletableFuture<Void> closed = say(false);
        time.advance(MOMENT);
        assertThat(closed).isNotDone();

        server.releasePatches();
        assertThat(server.text(LedgerNames.STATE)).isEqualTo(OPEN);
        time.advance(MOMENT);

        assertThat(closed).isDone();
        assertThat(server.text(LedgerNames.STATE)).isEqualTo("closed/boot-1 1");
    }

    @Test
    void is_said_though_the_open_s_connection_is_dead() {
        server.holdPatches = false;
        CompletableFuture<Void> closed = say(false);
        time.advance(Duration.ofMillis(1_500));
        assertThat(closed).isDone();
        server.releasePatches();

        assertThat(server.text(LedgerNames.STATE)).startsWith("closed/boot-1 1");
    }

    @Test
    void is_said_once_the_open_can_not_land_any_more() {
        server.cutPatches();
        time.advance(MOMENT);
        CompletableFuture<Void> closed = say(false);
        assertThat(closed).isNotDone();

        time.advance(Duration.ofSeconds(1));
        assertThat(closed).isDone();
        server.releasePatches();

        assertThat(server.text(LedgerNames.STATE)).startsWith("closed/boot-1 1");
        time.advance(Duration.ofSeconds(1));
        CompletableFuture<Void> opened = say(true);
        time.advance(MOMENT);
        assertThat(opened).isDone();
        assertThat(server.text(LedgerNames.STATE)).startsWith("open/boot-1 1");
    }
}
