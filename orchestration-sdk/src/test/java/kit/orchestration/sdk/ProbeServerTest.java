package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The endpoint answers a kubelet, whoever else is connected. */
class ProbeServerTest {

    private static final String PROBE =
            "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:1\r\nUser-Agent: kube-probe/1.36\r\nAccept: "
                    + "*/*\r\nConnection: close\r\n\r\n";

    private final List<Socket> held = new ArrayList<>();
    private ProbeServer server = new ProbeServer(0, ProbeServerTest::answer);

    private static ProbeAnswer answer(String path) {
        return switch (path) {
            case "/healthz" -> new ProbeAnswer(200, "ok");
            case "/bug" -> throw new IllegalStateException("a bug of ours");
            default -> ProbeAnswer.refusal(404);
        };
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : held) {
            socket.close();
        }
        server.close();
    }

    /** None of them is cut in the test's time: who has to wait for one gets no answer, however fast the machine. */
    @Test
    void a_thousand_half_open_connections_keep_no_probe_waiting() throws IOException {
        server.close();
        server = new ProbeServer(0, ProbeServerTest::answer, TimeUnit.HOURS.toNanos(1));
        for (int i = 0; i < 1_000; i++) {
            hold(i % 2 == 0 ? "" : PROBE.substring(0, 1 + i % (PROBE.length() - 1)));
        }
        for (int i = 0; i < 20; i++) {
            probe();
        }
        assertThat(held).allSatisfy(socket -> assertThat(isOpen(socket)).isTrue());
    }

    @Test
    void when_full_the_oldest_goes_and_a_probe_gets_in() throws IOException {
        for (int i = 0; i < ProbeServer.MAX_CONNECTIONS; i++) {
            hold("G");
        }
        probe();

        held.get(0).setSoTimeout(1_000); // well before its time is over
        assertThat(held.get(0).getInputStream().read()).as("cut").isEqualTo(-1);
        assertThat(isOpen(held.get(held.size() - 1))).isTrue();
    }

    @Test
    void an_unfinished_connection_is_cut_after_its_time_however_it_drips() throws IOException {
        Socket silent = hold("");
        Socket dripping = hold("G");
        long start = System.nanoTime();
        await().pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(30))
                .until(() -> !drips(dripping));

        assertThat(System.nanoTime() - start).isGreaterThan(ProbeServer.PATIENCE_NANOS / 2);
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }

    private static boolean drips(Socket socket) {
        try {
            socket.getOutputStream().write('G');
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void a_request_may_come_byte_by_byte() throws IOException {
        Socket socket = hold("");
        socket.setTcpNoDelay(true);
        for (byte each : PROBE.getBytes(ISO_8859_1)) {
            socket.getOutputStream().write(each);
            socket.getOutputStream().flush();
        }
        assertThat(answerOf(socket)).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nok\n");
    }

    @Test
    void requests_that_are_pipelined_and_garbage_after_them_do_not_lose_the_answer() throws IOException {
        for (int i = 0; i < 100; i++) {
            Socket socket = hold(PROBE.repeat(20) + "\u0000garbage\u00ff".repeat(100));
            String answer = answerOf(socket);
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("ok\n");
            assertThat(answer.split("HTTP/1.1", -1)).as("one answer").hasSize(2);
        }
        for (int i = 0; i < 100; i++) {
            assertThat(answerOf(hold("\u0000garbage\r\n".repeat(100)))).startsWith("HTTP/1.1 400 Bad Request\r\n");
        }
    }

    @Test
    void a_head_that_is_too_large_is_431() throws IOException {
        Socket socket = hold("GET /healthz HTTP/1.1\r\nCookie: " + "a".repeat(10_000));

        assertThat(answerOf(socket)).startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n");
    }

    @Test
    void head_has_no_body_and_post_is_not_allowed() throws IOException {
        assertThat(answerOf(hold(PROBE.replace("GET", "HEAD"))))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("Content-Length: 3\r\n")
                .endsWith("\r\n\r\n");
        assertThat(answerOf(hold(PROBE.replace("GET", "POST"))))
                .startsWith("HTTP/1.1 405 Method Not Allowed\r\n")
                .contains("Allow: GET, HEAD\r\n");
        assertThat(answerOf(hold(PROBE.replace("healthz", "")))).startsWith("HTTP/1.1 404 Not Found\r\n");
    }

    @Test
    void a_bug_behind_one_probe_does_not_stop_the_others() throws IOException {
        assertThat(answerOf(hold(PROBE.replace("healthz", "bug")))).isEmpty();
        probe();
    }

    @Test
    void a_server_gives_its_port_back_and_the_next_one_takes_it() throws IOException {
        for (int i = 0; i < 20; i++) {
            hold("G");
            probe();
            int port = server.address().getPort();
            server.close();
            server = new ProbeServer(port, ProbeServerTest::answer);
            probe();
        }
    }

    @Test
    void a_port_that_is_taken_is_named() {
        int port = server.address().getPort();

        assertThatThrownBy(() -> new ProbeServer(port, ProbeServerTest::answer))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("probe port %s can't be bound".formatted(port))
                .hasMessageContaining("probePort(...)");
    }

    /** A kubelet's probe. */
    private void probe() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(PROBE.getBytes(ISO_8859_1));
            assertThat(answerOf(socket)).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    private Socket hold(String sent) throws IOException {
        Socket socket = connect();
        held.add(socket);
        socket.getOutputStream().write(sent.getBytes(ISO_8859_1));
        return socket;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), server.address().getPort()),
                10_000);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static String answerOf(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }

    /** Whether the server has not cut it: there is nothing to read, not even an end. */
    private static boolean isOpen(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
