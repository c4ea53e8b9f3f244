package kit.orchestration.examples.arena.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import kit.orchestration.PodAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a peer may send, and what it may not. */
@Timeout(30)
class LineConnectionTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private ServerSocket server;
    private LineConnection connection;
    private Socket peer;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        connection = LineConnection.dial(
                new PodAddress(server.getInetAddress().getHostAddress(), server.getLocalPort()), SOON);
        peer = server.accept();
    }

    @AfterEach
    void hangUp() throws IOException {
        connection.close();
        peer.close();
        server.close();
    }

    @Test
    void linesComeInOrderAndThenTheEnd() throws IOException {
        send("one\nzwölf\n\nhalf a line");
        peer.close();

        assertThat(connection.read(SOON)).isEqualTo("one");
        assertThat(connection.read(SOON)).isEqualTo("zwölf");
        assertThat(connection.read(SOON)).isEmpty();
        assertThat(connection.read(SOON)).isNull();
    }

    @Test
    void aLineOfTheGreatestLengthIsReadAndOneBeyondIsNot() throws IOException {
        send("x".repeat(LineConnection.MAX_LINE) + "\n" + "x".repeat(LineConnection.MAX_LINE + 1) + "\n");

        assertThat(connection.read(SOON)).hasSize(LineConnection.MAX_LINE);
        assertThatThrownBy(() -> connection.read(SOON)).hasMessage("a line must have at most 2048 bytes");
    }

    @Test
    void aLineThatDoesNotComeWholeInTimeIsAnError() throws IOException {
        send("half a line");

        assertThatThrownBy(() -> connection.read(Duration.ofMillis(50))).isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void whoHasWaitedInVainMayWaitOnAndHearsNothingTwice() throws IOException {
        send("one\nhalf");
        assertThat(connection.read(SOON)).isEqualTo("one");
        assertThatThrownBy(() -> connection.read(Duration.ofMillis(50))).isInstanceOf(SocketTimeoutException.class);

        send(" a line\n");

        assertThat(connection.read(SOON)).isEqualTo("half a line");
        assertThatThrownBy(() -> connection.read(Duration.ofMillis(50))).isInstanceOf(SocketTimeoutException.class);
        peer.close();
        assertThat(connection.read(SOON)).isNull();
    }

    @Test
    void whatIsNotUtf8IsAnError() throws IOException {
        peer.getOutputStream().write(new byte[] {(byte) 0xff, '\n'});

        assertThatThrownBy(() -> connection.read(SOON)).isInstanceOf(CharacterCodingException.class);
    }

    @Test
    void whatWasSentArrivesThoughItWasTheLast() throws IOException {
        connection.send("bye");
        connection.finish();

        assertThat(new String(peer.getInputStream().readAllBytes(), UTF_8)).isEqualTo("bye\n");
    }

    private void send(String text) throws IOException {
        peer.getOutputStream().write(text.getBytes(UTF_8));
    }
}
