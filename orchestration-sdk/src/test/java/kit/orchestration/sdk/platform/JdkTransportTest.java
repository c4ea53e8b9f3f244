package kit.orchestration.sdk.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls and streams over the JDK's client, with a server that answers as a test likes. */
class JdkTransportTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<String> told = new CopyOnWriteArrayList<>();
    private HttpServer server;

    private interface Reply {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        on("/echo", exchange -> {
            byte[] body = (exchange.getRequestMethod() + " "
                            + exchange.getRequestHeaders().getFirst("Authorization") + " "
                            + exchange.getRequestHeaders().getFirst("Content-Type") + " "
                            + new String(exchange.getRequestBody().readAllBytes(), UTF_8))
                    .getBytes(UTF_8);
            exchange.getResponseHeaders().set("Retry-After", "7");
            exchange.sendResponseHeaders(429, body.length);
            exchange.getResponseBody().write(body);
        });
        on("/half", exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('x');
            exchange.getResponseBody().flush();
            end.await();
        });
        on("/never", exchange -> end.await());
        on("/lines", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("one\ntwo\ncut".getBytes(UTF_8));
        });
        on("/watch", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("one\n".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            end.await();
        });
        server.start();
    }

    private void on(String path, Reply reply) {
        server.createContext(path, exchange -> {
            try (exchange) {
                reply.to(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @AfterEach
    void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private JdkTransport transport() {
        return new JdkTransport(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"), LONG, null, () -> "Bearer x");
    }

    private Transport.Listener listener() {
        return new Transport.Listener() {
            @Override
            public void opened() {
                told.add("opened");
            }

            @Override
            public void line(String line) {
                told.add("line " + line);
            }

            @Override
            public void ended() {
                told.add("ended");
            }

            @Override
            public void refused(Answer answer) {
                told.add("refused " + answer.status());
            }

            @Override
            public void failed(Throwable failure) {
                told.add("failed");
            }
        };
    }

    @Test
    void a_call_says_who_it_is_and_gives_the_answer_whatever_its_status() {
        Answer answer = transport()
                .send(new Ask("PATCH", "/echo", "application/json-patch+json", "[]", Ask.JSON, LONG))
                .join();

        assertThat(answer).isEqualTo(new Answer(429, "PATCH Bearer x application/json-patch+json []", "7"));
    }

    @Test
    void the_time_of_a_call_bounds_its_answers_body_too() {
        for (String path : List.of("/half", "/never")) {
            assertThat(transport().send(Ask.get(path, SHORT)))
                    .failsWithin(LONG)
                    .withThrowableThat()
                    .havingRootCause()
                    .withMessage("no answer within PT0.2S");
        }
    }

    @Test
    void whole_lines_are_told_and_then_one_end() {
        transport().lines(Ask.get("/lines", LONG), listener());

        await().until(() -> told.contains("ended"));
        assertThat(told).containsExactly("opened", "line one", "line two", "ended");
    }

    @Test
    void a_stream_that_is_refused_or_never_begins_says_so_once() {
        transport().lines(Ask.get("/echo", LONG), listener());
        await().until(() -> !told.isEmpty());
        transport().lines(Ask.get("/never", SHORT), listener());

        await().until(() -> told.size() == 2);
        assertThat(told).containsExactly("refused 429", "failed");
    }

    @Test
    void a_stream_outlives_the_time_in_which_it_had_to_begin_and_is_silent_once_closed() {
        Duration begin = Duration.ofSeconds(5);
        Transport.Stream stream = transport().lines(Ask.get("/watch", begin), listener());
        await().atMost(LONG).pollDelay(begin.plusSeconds(1)).until(() -> told.contains("line one"));

        stream.close();
        stream.close();

        assertThat(told).containsExactly("opened", "line one");
    }

    @Test
    void a_server_that_is_not_there_is_told() {
        server.stop(0);

        assertThat(transport().send(Ask.get("/echo", LONG)))
                .failsWithin(LONG)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(IOException.class);
    }

    /** JDK 17 kept a thread and a client for each, where a stream's subscription was cancelled. */
    @Test
    void a_transport_that_is_let_go_keeps_no_thread() {
        Set<Thread> before = clients(); // of other tests: they end when they like
        Set<Thread> ours = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            int lines = told.size();
            JdkTransport transport = transport();
            transport.send(Ask.get("/echo", LONG)).join();
            ours.addAll(clients());
            Transport.Stream stream = transport.lines(Ask.get("/watch", LONG), listener());
            await().until(() -> told.size() == lines + 2);
            stream.close();
            assertThat(transport.send(Ask.get("/never", SHORT))).failsWithin(LONG);
        }
        ours.removeAll(before);
        assertThat(ours).hasSize(10);

        await().atMost(Duration.ofMinutes(1)).until(() -> {
            System.gc();
            return ours.stream().noneMatch(Thread::isAlive);
        });
    }

    private static Set<Thread> clients() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("SelectorManager"))
                .collect(Collectors.toSet());
    }
}
