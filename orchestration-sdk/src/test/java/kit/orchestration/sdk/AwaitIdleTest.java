package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import kit.orchestration.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

    /** Else whoever closes the platform then would keep the slot. */
    @Test
    void a_pod_is_idle_when_the_platform_has_been_told_of_the_last_end_and_closes_no_sooner() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void free(ClaimedSlot claim) {
                told.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                super.free(claim);
            }
        }));
        Session session = server().start(claim("s-1", 0));
        Thread game = new Thread(session::close);
        game.start();
        told.await();

        Thread closing = new Thread(server()::close);
        try {
            assertThat(server().awaitIdle(Duration.ofMillis(10))).isFalse();
            closing.start();
            await().until(() -> closing.getState() == Thread.State.WAITING);
            assertThat(platform.calls).doesNotContain("close");
        } finally {
            go.countDown();
        }
        closing.join();
        assertThat(platform.freed).hasSize(1);
        assertThat(platform.calls).endsWith("close");
    }

    /** A local pool gives a freed slot to whoever waits, and that may be a test that ends everything. */
    @Test
    @Timeout(60)
    void a_close_in_the_midst_of_a_free_waits_for_nobody() throws Exception {
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void free(ClaimedSlot claim) {
                super.free(claim);
                server().close();
            }
        }));

        server().start(claim("s-1", 0)).close();

        assertThat(platform.calls).endsWith("close");
    }
}
