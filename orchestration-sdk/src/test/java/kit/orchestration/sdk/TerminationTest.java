package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.Token;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminationTest extends Fixture {

    @Test
    void sessions_go_on_until_they_end_and_then_the_server_is_closed() throws Exception {
        Session session = server().start(claim("s-1", 0));
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);

        termination.start();

        await().until(() -> platform.calls.contains("drain"));
        assertThat(termination.isAlive()).isTrue();
        assertThat(platform.calls).doesNotContain("close");
        session.close();
        termination.join(10_000);
        assertThat(platform.calls).endsWith("drain", "close");
    }

    @Test
    void sessions_that_outlast_the_grace_are_ended_before_it_is_over() throws Exception {
        Session session = server().start(claim("s-1", 0));

        new Termination(server(), Duration.ofMillis(200), System::nanoTime).run();

        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(platform.calls).endsWith("drain", "close");
    }

    /** The JVM halts when its hooks have returned. */
    @Test
    void a_close_that_is_under_way_is_waited_for() throws Exception {
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void close() {
                closing.countDown();
                try {
                    go.await(1, TimeUnit.MINUTES);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                super.close();
            }
        }));
        Thread game = new Thread(server()::close);
        game.start();
        assertThat(closing.await(1, TimeUnit.MINUTES)).isTrue();
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();
        await().until(() -> termination.getState() == Thread.State.TIMED_WAITING);

        go.countDown();
        termination.join(60_000);
        assertThat(termination.isAlive()).isFalse();
        assertThat(platform.calls).contains("close");
    }

    @Test
    void a_claim_that_nobody_starts_is_given_back_soon_and_a_session_goes_on() throws Exception {
        Session session = server().start(claim("s-1", 0));
        claim("s-2", 1);
        Thread termination = new Thread(
                new Termination(server(), Duration.ofSeconds(4), System::nanoTime)::run); // of which it waits 3

        termination.start();

        await().until(() -> heard.events.contains("withdrawn s-2"));
        assertThat(platform.freed).extracting(ClaimedSlot::sessionId).containsExactly("s-2");
        assertThat(session.ended().toCompletableFuture()).isNotDone();
        session.close();
        termination.join(10_000);
        assertThat(platform.calls).endsWith("drain", "close");
    }

    @Test
    void a_player_on_the_way_is_let_in_while_the_pod_ends() throws Exception {
        Token token = claim("s-1", 0);
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);

        termination.start();

        await().until(() -> platform.calls.contains("drain"));
        Session session = server().start(token);
        session.close();
        termination.join(10_000);
        assertThat(heard.events).containsExactly("claimed s-1", "ended s-1 CLOSED");
    }

    /** The kubelet ends a game that hangs: it would not come back before the grace of its sessions is over. */
    @Test
    void a_game_that_is_not_healthy_is_not_waited_for() throws Exception {
        start(builder().healthDeadline(Duration.ofSeconds(1)));
        Session session = server().start(claim("s-1", 0));
        time.advance(Duration.ofSeconds(2));

        new Termination(server(), Duration.ofMinutes(5), System::nanoTime).run();

        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(platform.freed).hasSize(1);
        assertThat(platform.calls)
                .as("the close drains, too: a backend that is away is waited for once")
                .containsExactly("boot", "close");
    }

    @Test
    void a_game_that_falls_ill_while_it_is_waited_for_is_waited_for_no_longer() throws Exception {
        start(builder().healthDeadline(Duration.ofSeconds(1)));
        Session session = server().start(claim("s-1", 0));
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();
        await().until(() -> platform.calls.contains("drain"));

        time.advance(Duration.ofSeconds(2));

        termination.join(20_000);
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        assertThat(platform.calls).endsWith("drain", "close");
    }

    @Test
    void a_pod_that_is_lost_while_it_is_waited_for_is_waited_for_no_longer() throws Exception {
        Session session = server().start(claim("s-1", 0));
        claim("s-2", 1);
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();
        await().until(() -> platform.calls.contains("drain"));

        platform.lose();

        termination.join(20_000);
        assertThat(termination.isAlive()).isFalse();
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
    }

    @Test
    void a_pod_that_no_allocator_finds_is_waited_for_and_one_that_is_another_process_s_is_not() throws Exception {
        Session session = server().start(claim("s-1", 0));
        platform.problem = Optional.of("the ledger has lost its label");
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();
        await().until(() -> platform.calls.contains("drain"));
        session.close();
        termination.join(10_000);
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.CLOSED);

        start(builder());
        Session lost = server().start(claim("s-2", 0));
        platform.lost = Optional.of("another process has taken the pod over");
        new Termination(server(), Duration.ofMinutes(5), System::nanoTime).run();
        assertThat(lost.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
    }

    @Test
    void a_backend_that_cannot_be_told_of_the_drain_cuts_nobody() throws Exception {
        Session session = server().start(claim("s-1", 0));
        platform.failure = new PlatformException("away", null);
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);

        termination.start();

        await().until(() -> platform.calls.contains("drain"));
        assertThat(termination.isAlive()).isTrue();
        session.close();
        termination.join(10_000);
        assertThat(platform.calls).contains("close");
    }

    /** Its watch was cut with all the rest. */
    @Test
    void a_claim_that_the_pod_has_not_heard_of_yet_is_waited_for_until_the_backend_has_the_drain() throws Exception {
        server();
        platform.watching = false;
        Token token = claim("s-1", 0);
        platform.failure = new PlatformException("away", null, true);
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);

        termination.start();

        await().until(() -> platform.calls.stream().filter("drain"::equals).count() >= 2);
        assertThat(platform.calls).doesNotContain("close");
        platform.listener().claimed(platform.ledger.get("s-1"));
        platform.failure = null;
        Session session = server().start(token);
        session.close();
        termination.join(10_000);
        assertThat(platform.calls).endsWith("drain", "close");
    }

    /** A third of an hour's grace is twenty minutes, and somebody may have taken its right to write away for good. */
    @Test
    void but_no_longer_than_a_minute() throws Exception {
        server();
        AtomicLong now = new AtomicLong();
        platform.failure = new PlatformException("away", null, true);
        Thread termination = new Thread(new Termination(server(), Duration.ofHours(1), now::get)::run);
        termination.start();
        await().until(() -> platform.calls.contains("drain"));
        now.addAndGet(Duration.ofSeconds(59).toNanos());
        await().until(() -> platform.calls.stream().filter("drain"::equals).count() >= 3);
        assertThat(platform.calls).doesNotContain("close");

        now.addAndGet(Duration.ofSeconds(2).toNanos());

        termination.join(10_000);
        assertThat(platform.calls).contains("close");
    }

    @Test
    void nor_than_players_on_their_way_are() throws Exception {
        server();
        platform.failure = new PlatformException("away", null, true);

        new Termination(server(), Duration.ofSeconds(4), System::nanoTime).run();

        assertThat(platform.calls).contains("drain").endsWith("close");
    }

    /** A drain, and the close's last write, wait for an API server that stands still, for five seconds each. */
    @Test
    @Timeout(60)
    void a_backend_that_does_not_answer_takes_no_more_of_a_short_grace_than_there_is() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void drain() {
                hang();
            }

            @Override
            public void close() {
                hang();
                super.close();
            }

            private void hang() {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }));
        Session session = server().start(claim("s-1", 0));

        new Termination(server(), Duration.ofSeconds(1), System::nanoTime).run();

        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
        never.countDown();
    }

    @Test
    void nor_by_a_game_that_is_not_healthy() throws Exception {
        AtomicBoolean healthy = new AtomicBoolean(true);
        start(builder().healthCheck(healthy::get));
        platform.failure = new PlatformException("away", null, true);
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();
        await().until(() -> platform.calls.contains("drain"));

        healthy.set(false);
        time.advance(Duration.ofSeconds(1));

        termination.join(10_000);
        assertThat(platform.calls).endsWith("close");
    }

    @Test
    void what_the_drain_took_is_taken_off_the_grace() throws Exception {
        AtomicLong now = new AtomicLong();
        Duration grace = Duration.ofMinutes(5);
        start(builder().platform(new ForwardingPlatform(platform) {
            @Override
            public void drain() {
                super.drain();
                now.addAndGet(grace.toNanos());
            }
        }));
        Session session = server().start(claim("s-1", 0));
        Thread termination = new Thread(new Termination(server(), grace, now::get)::run);

        termination.start();

        termination.join(10_000);
        assertThat(platform.calls).endsWith("drain", "close");
        assertThat(session.ended().toCompletableFuture()).isCompletedWithValue(EndReason.SERVER_CLOSED);
    }

    @Test
    void what_the_game_does_at_the_last_end_is_waited_for() throws Exception {
        CountDownLatch saving = new CountDownLatch(1);
        CountDownLatch saved = new CountDownLatch(1);
        start(GameServer.builder()
                .platform(platform)
                .scheduler(time)
                .clock(time)
                .listener(new SessionListener() {
                    @Override
                    public void ended(Session session, EndReason reason) {
                        saving.countDown();
                        try {
                            saved.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }));
        Session session = server().start(claim("s-1", 0));
        Thread termination = new Thread(new Termination(server(), Duration.ofMinutes(5), System::nanoTime)::run);
        termination.start();

        session.close();
        await().until(() -> platform.calls.contains("close"));
        assertThat(saving.await(10, TimeUnit.SECONDS)).isTrue();
        await().until(() -> termination.getState() == Thread.State.TIMED_WAITING);
        saved.countDown();
        termination.join(10_000);
        assertThat(termination.isAlive()).isFalse();
    }

    @Test
    void a_game_that_closes_the_server_in_a_callback_does_not_wait_for_itself() throws Exception {
        Threads threads = new Threads(null, null);
        CountDownLatch closed = new CountDownLatch(1);

        threads.callbacks().execute(() -> {
            threads.close(Duration.ofMinutes(5));
            closed.countDown();
        });

        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void a_server_that_was_closed_is_not_waited_for() {
        server().close();

        new Termination(server(), Duration.ofMinutes(5), System::nanoTime).run();

        assertThat(platform.calls).doesNotContain("drain");
    }

    @ParameterizedTest
    @CsvSource({"PT30S, PT25S", "PT0S, PT0S", "PT4S, PT3S", "PT1H, PT59M55S"})
    void some_of_the_grace_is_kept_for_the_last_writes(Duration grace, Duration waits) {
        assertThat(Termination.wait(grace)).isEqualTo(waits);
    }

    /** The real signal, in a process of its own. */
    @Test
    void sigterm_drains_and_the_process_ends_after_its_sessions() throws Exception {
        Process game = game("true", "PT1M", 1);
        BufferedReader out = new BufferedReader(new InputStreamReader(game.getInputStream(), UTF_8));
        assertThat(out.readLine()).isEqualTo("running");

        game.toHandle().destroy(); // SIGTERM; Process.destroy() would close the streams, too

        assertThat(out.readLine()).isEqualTo("drain");
        assertThat(game.isAlive()).isTrue();
        game.getOutputStream().write('\n'); // the session ends
        game.getOutputStream().flush();
        assertThat(out.readLine()).isEqualTo("close");
        assertThat(game.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(game.exitValue()).isEqualTo(143);
    }

    @Test
    void what_was_cut_off_is_told_and_no_more_than_that() throws Exception {
        Process game = game("true", "PT2S", 2);
        BufferedReader out = new BufferedReader(new InputStreamReader(game.getInputStream(), UTF_8));
        assertThat(out.readLine()).isEqualTo("running");

        game.toHandle().destroy();

        assertThat(out.readLine()).isEqualTo("drain");
        assertThat(out.readLine()).isEqualTo("close");
        assertThat(new String(game.getErrorStream().readAllBytes(), UTF_8))
                .contains("WARN", "cut off: 1")
                .doesNotContain("not healthy");
    }

    /** Nobody came for the other claim: that is no warning. */
    @Test
    void where_nobody_was_cut_off_nothing_is_warned_of() throws Exception {
        Process game = game("true", "PT4S", 2);
        BufferedReader out = new BufferedReader(new InputStreamReader(game.getInputStream(), UTF_8));
        assertThat(out.readLine()).isEqualTo("running");

        game.toHandle().destroy();

        assertThat(out.readLine()).isEqualTo("drain");
        game.getOutputStream().write('\n'); // the session ends
        game.getOutputStream().flush();
        assertThat(out.readLine()).isEqualTo("close");
        assertThat(new String(game.getErrorStream().readAllBytes(), UTF_8)).doesNotContain("WARN");
    }

    /** Players knock on: each refusal is an ordinary thing. */
    @Test
    void what_is_refused_after_the_close_is_not_warned_of() throws Exception {
        Process game = game("refused", "PT4S", 1);
        BufferedReader out = new BufferedReader(new InputStreamReader(game.getInputStream(), UTF_8));
        assertThat(out.readLine()).isEqualTo("running");

        game.getOutputStream().write('\n');
        game.getOutputStream().flush();

        assertThat(out.readLine()).isEqualTo("close");
        assertThat(out.readLine()).isEqualTo("refused");
        game.toHandle().destroy();
        assertThat(new String(game.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
    }

    @Test
    void sigterm_is_left_alone_if_so_asked() throws Exception {
        Process game = game("false", "PT1M", 1);
        BufferedReader out = new BufferedReader(new InputStreamReader(game.getInputStream(), UTF_8));
        assertThat(out.readLine()).isEqualTo("running");

        game.toHandle().destroy();

        assertThat(out.readLine()).isNull();
        assertThat(game.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private static Process game(String drains, String grace, int claims) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                Game.class.getName(),
                drains,
                grace,
                Integer.toString(claims)));
        return new ProcessBuilder(command).start();
    }

    /** A game with one session, which ends when a line comes. */
    static final class Game {

        private Game() {}

        public static void main(String[] args) throws Exception {
            MemoryPlatform memory = new MemoryPlatform();
            Platform platform = new ForwardingPlatform(memory) {
                @Override
                public Optional<Duration> terminationGrace() {
                    return Optional.of(Duration.parse(args[1]));
                }

                @Override
                public void drain() {
                    System.out.println("drain");
                }

                @Override
                public void close() {
                    System.out.println("close");
                }
            };
            GameServer server = GameServer.builder()
                    .platform(platform)
                    .drainOnTermination(Boolean.parseBoolean(args[0]))
                    .start();
            var signer = TokenSigner.of(SigningKey.generateHs256());
            memory.keys.put(signer.verificationKey().kid(), signer.verificationKey());
            for (int claim = 1; claim <= Integer.parseInt(args[2]); claim++) { // nobody comes for any but the first
                memory.claim("s-" + claim, claim - 1, TTL);
            }
            Token token = signer.sign(TokenClaims.issue(
                    "duel", "s-1", OptionalInt.of(0), MemoryPlatform.BOOT.audience(), Instant.now(), TTL));
            Session session = server.start(token);
            System.out.println("running");
            System.in.read();
            session.close();
            if (args[0].equals("refused")) {
                server.close();
                for (int player = 0; player < 3; player++) {
                    server.enter(token).handle((entered, refused) -> refused).join();
                }
                System.out.println("refused");
            }
            new CountDownLatch(1).await();
        }
    }
}
