package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ClientTransportTest {

    /** Else the connection is kept for a body that nobody reads, and the next call needs another. */
    @Test
    void an_answer_that_takes_too_long_is_cut_off() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                KubernetesClient client = client(server.getLocalPort())) {
            CompletableFuture<Answer> answer =
                    new ClientTransport(client).send(Ask.get("/slow", Duration.ofMillis(500)));
            try (Socket socket = server.accept()) {
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nand then"
                                .getBytes(StandardCharsets.UTF_8));
                assertThat(answer)
                        .failsWithin(Duration.ofSeconds(30))
                        .withThrowableOfType(ExecutionException.class)
                        .withMessageContaining("Timeout");
                assertThat(ends(socket)).isTrue();
            }
        }
    }

    @Test
    void an_answer_is_whole() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                KubernetesClient client = client(server.getLocalPort())) {
            CompletableFuture<Answer> answer =
                    new ClientTransport(client).send(Ask.get("/busy", Duration.ofSeconds(30)));
            try (Socket socket = server.accept()) {
                socket.getOutputStream()
                        .write("HTTP/1.1 429 Busy\r\nRetry-After: 7\r\nContent-Length: 6\r\n\r\nnäh\r\n"
                                .getBytes(StandardCharsets.UTF_8));
                assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(new Answer(429, "näh\r\n", "7"));
            }
        }
    }

    /** Whether the client closes or resets the connection. */
    private static boolean ends(Socket socket) throws IOException {
        try {
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // its request
            }
            return true;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    private static KubernetesClient client(int port) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + port + "/")
                .withHttp2Disable(true)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
