package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.FutureTask;
import kit.orchestration.Token;
import org.junit.jupiter.api.Test;

/** A drained pod waits for its sessions, claimed and running. */
class AwaitIdleTest extends Fixture {

    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private FutureTask<Boolean> waiting;

    private Thread startWaiting() {
        server();
        waiting = new FutureTask<>(() -> server().awaitIdle(FOREVER));
        Thread thread = new Thread(waiting);
        thread.start();
        await().until(() -> thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive());
        return thread;
    }

    @Test
    void a_server_without_sessions_is_idle() throws InterruptedException {
        assertThat(server().awaitIdle(Duration.ZERO)).isTrue();
    }

    @Test
    void it_is_idle_when_the_last_session_has_ended() throws Exception {
        Session first = server().start(claim("s1", 0));
        Session second = server().start(claim("s2", 1));
        startWaiting();
        first.close();
        assertThat(waiting.isDone()).isFalse();
        second.close();

        assertThat(waiting.get()).isTrue();
    }

    @Test
    void a_claim_counts_until_it_has_expired() throws Exception {
        claim("s1", 0);
        server().drain();
        startWaiting();
        assertThat(waiting.isDone()).isFalse();
        time.advance(TTL);

        assertThat(waiting.get()).isTrue();
    }

    @Test
    void it_gives_up_in_time() throws InterruptedException {
        Token token = claim("s1", 0);

        assertThat(server().awaitIdle(Duration.ofMillis(10))).isFalse();
        assertThat(server().awaitIdle(Duration.ofMillis(-1))).isFalse();
        assertThat(server().start(token).id()).isEqualTo("s1");
    }

    @Test
    void it_can_be_interrupted() {
        claim("s1", 0);
        startWaiting().interrupt();

        assertThatThrownBy(waiting::get).hasCauseInstanceOf(InterruptedException.class);
    }

    @Test
    void closing_the_server_ends_the_wait() throws Exception {
        claim("s1", 0);
        startWaiting();
        server().close();

        assertThat(waiting.get()).isTrue();
    }
}
