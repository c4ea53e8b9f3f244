package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What a kubelet is told: by the game's check, by its pings, and by what it said of being ready. */
class HealthTest extends Fixture {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private String get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:%s%s"
                .formatted(server().probeAddress().orElseThrow().getPort(), path));
        HttpResponse<String> response =
                HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body().strip();
    }

    @Test
    void readyz_follows_ready_unready_and_drain() throws Exception {
        start(builder().probePort(0));
        assertThat(get("/readyz")).isEqualTo("503 not ready: ready() was not called, or unready() after it");
        server().ready();
        assertThat(get("/readyz")).isEqualTo("200 ok");
        assertThat(get("/readyz?verbose")).isEqualTo("200 ok");
        server().unready();
        assertThat(get("/readyz")).isEqualTo("503 not ready: ready() was not called, or unready() after it");
        server().ready();
        server().drain();
        assertThat(get("/readyz")).isEqualTo("503 draining");
        assertThat(get("/healthz")).isEqualTo("200 ok");
        assertThat(get("/other")).isEqualTo("404 Not Found");
    }

    /** A restart would cut its sessions, and heal nothing. */
    @Test
    void a_pod_that_no_allocator_finds_is_not_ready_and_lives_on() throws Exception {
        start(builder().probePort(0));
        server().ready();
        platform.problem = Optional.of("the ledger has lost its label");

        assertThat(get("/readyz")).isEqualTo("503 the ledger has lost its label");
        assertThat(get("/healthz")).isEqualTo("200 ok");
        int beats = platform.heartbeats.get();
        time.advance(Duration.ofSeconds(3));
        assertThat(platform.heartbeats.get()).isEqualTo(beats + 3);

        platform.problem = Optional.empty();
        assertThat(get("/readyz")).isEqualTo("200 ok");
    }

    @Test
    void a_pod_that_another_process_has_is_not_healthy_and_the_probes_say_why() throws Exception {
        start(builder().probePort(0));
        server().ready();
        platform.lost = Optional.of("another process has taken the pod over");

        assertThat(get("/healthz")).isEqualTo("503 another process has taken the pod over");
        assertThat(get("/readyz")).isEqualTo("503 another process has taken the pod over");
        int beats = platform.heartbeats.get();
        time.advance(Duration.ofSeconds(3));
        assertThat(platform.heartbeats.get())
                .as("a backend that wants a heartbeat is told, too")
                .isEqualTo(beats);
    }

    @Test
    void a_backend_that_fails_leaves_the_pod_not_ready_until_it_shows_that_it_is() throws Exception {
        start(builder().probePort(0));
        platform.failure = new PlatformException("down", null, true);
        platform.problem = Optional.of("it is tried on");
        assertThatThrownBy(server()::ready).isSameAs(platform.failure);
        assertThat(get("/readyz")).isEqualTo("503 it is tried on");

        platform.problem = Optional.empty();
        assertThat(get("/readyz")).isEqualTo("200 ok");

        assertThatThrownBy(server()::unready).isSameAs(platform.failure);
        assertThat(get("/readyz")).isEqualTo("503 not ready: ready() was not called, or unready() after it");
        assertThatThrownBy(server()::drain).isSameAs(platform.failure);
        assertThat(get("/readyz")).isEqualTo("503 draining");
    }

    /** The probe said no for ever, of a pod that took claims. */
    @Test
    void what_a_backend_tries_on_may_be_done_in_the_moment_in_which_it_fails() throws Exception {
        start(builder().probePort(0));
        platform.failure = new PlatformException("late", null, true);
        assertThatThrownBy(server()::ready).isSameAs(platform.failure);
        assertThat(get("/readyz")).isEqualTo("200 ok");
    }

    /** As an unhealthy GameServer, or a pod that was removed. */
    @Test
    void a_backend_that_does_not_try_on_leaves_the_pod_not_ready() throws Exception {
        start(builder().probePort(0));
        platform.failure = new PlatformException("final", null);
        platform.problem = Optional.of("of another kind, which passes");
        assertThatThrownBy(server()::ready).isSameAs(platform.failure);
        platform.problem = Optional.empty();
        assertThat(get("/readyz")).isEqualTo("503 not ready: ready() was not called, or unready() after it");

        platform.failure = null;
        server().ready();
        assertThat(get("/readyz")).isEqualTo("200 ok");
    }

    @Test
    void of_two_words_that_are_said_at_once_the_backend_has_the_one_that_the_probe_has() throws Exception {
        start(builder().probePort(0).platform(new ForwardingPlatform(platform) {
            @Override
            public void ready(boolean ready) {
                if (ready && platform.calls.stream().noneMatch(call -> call.startsWith("ready"))) {
                    server().unready(); // another thread's, which overtakes this one
                }
                super.ready(ready);
            }
        }));

        server().ready();

        assertThat(get("/readyz")).isEqualTo("503 not ready: ready() was not called, or unready() after it");
        assertThat(platform.calls).containsExactly("boot", "ready false", "ready true", "ready false");
    }

    @Test
    void a_ping_that_is_missed_is_503_and_the_next_one_mends_it() throws Exception {
        start(builder().probePort(0).healthDeadline(DEADLINE));
        server().ready();
        time.advance(DEADLINE);
        assertThat(get("/healthz")).as("never early").isEqualTo("200 ok");

        time.advance(DEADLINE.dividedBy(10));
        assertThat(get("/healthz")).isEqualTo("503 the game has not called health() for PT10S");
        assertThat(get("/readyz")).startsWith("503");

        server().health();
        assertThat(get("/healthz")).isEqualTo("200 ok");
        assertThat(get("/readyz")).isEqualTo("200 ok");
    }

    @Test
    void a_game_that_pings_in_time_is_always_healthy() throws Exception {
        start(builder().probePort(0).healthDeadline(DEADLINE));
        for (int i = 0; i < 100; i++) {
            time.advance(DEADLINE.minusMillis(1));
            assertThat(get("/healthz")).isEqualTo("200 ok");
            server().health();
        }
    }

    @Test
    void a_check_that_says_no_or_throws_is_503_and_back() throws Exception {
        AtomicReference<BooleanSupplier> check = new AtomicReference<>(() -> false);
        start(builder().probePort(0).healthCheck(() -> check.get().getAsBoolean()));
        untilHealth("503 the health check says no");
        check.set(() -> {
            throw new IllegalStateException("the game's own secret");
        });
        untilHealth("503 the health check threw java.lang.IllegalStateException");
        check.set(() -> true);
        untilHealth("200 ok");
    }

    /** In a process of its own, whose log is on. */
    @Test
    void a_check_that_throws_again_and_again_is_in_the_log_once() throws Exception {
        Process game = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        IllGame.class.getName())
                .start();

        assertThat(new String(game.getErrorStream().readAllBytes(), UTF_8)).containsOnlyOnce("the health check threw");
    }

    /** A game whose check throws, until it was asked three times. */
    static final class IllGame {

        private IllGame() {}

        public static void main(String[] args) throws Exception {
            CountDownLatch asked = new CountDownLatch(3);
            ManualTime time = new ManualTime();
            GameServerBuilder game = GameServer.builder()
                    .platform(new MemoryPlatform())
                    .scheduler(time)
                    .healthCheck(() -> {
                        asked.countDown();
                        throw new IllegalStateException("away");
                    });
            try (GameServer server = game.start()) {
                for (int i = 0; i < 1_000 && !asked.await(10, TimeUnit.MILLISECONDS); i++) {
                    time.advance(Health.PERIOD);
                }
                server.health();
            }
        }
    }

    @Test
    void a_check_that_hangs_blocks_no_probe_and_is_503_until_it_answers() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        start(builder().probePort(0).healthCheck(() -> {
            entered.countDown();
            try {
                return go.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                return false;
            }
        }));
        assertThat(entered.await(1, TimeUnit.MINUTES)).isTrue();
        assertThat(get("/healthz")).isEqualTo("200 ok");
        time.advance(Health.PERIOD.multipliedBy(Health.HUNG));
        assertThat(get("/healthz")).isEqualTo("503 the health check has not answered for PT5S");
        go.countDown();
        untilHealth("200 ok");
    }

    @Test
    void the_platform_is_told_each_second_for_as_long_as_the_game_is_healthy() {
        start(builder().healthDeadline(DEADLINE));
        int first = platform.heartbeats.get();
        time.advance(Duration.ofSeconds(5));
        assertThat(platform.heartbeats.get()).isEqualTo(first + 5);
        time.advance(DEADLINE);
        int last = platform.heartbeats.get();
        time.advance(DEADLINE);
        assertThat(platform.heartbeats.get()).isEqualTo(last);
        server().health();
        time.advance(Duration.ofSeconds(1));
        assertThat(platform.heartbeats.get()).isEqualTo(last + 1);
    }

    /** A period passes, and the check's own thread answers, until the probe says so. */
    private void untilHealth(String expected) {
        await().until(() -> {
            time.advance(Health.PERIOD);
            return get("/healthz").equals(expected);
        });
    }
}
