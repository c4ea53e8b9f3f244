package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ClientTransportTest {

    private static final Duration WAIT = Duration.ofSeconds(30);

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

    /** It may add what a gateway before the API server asks for. */
    @Test
    void an_interceptor_of_the_client_s_sees_all_that_is_asked() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        HttpServer server =
                server(seen, exchange -> exchange.getRequestHeaders().getFirst("X-Gateway"));
        Interceptor gateway = new Interceptor() {
            @Override
            public void before(BasicBuilder request, HttpRequest original, RequestTags tags) {
                request.header("X-Gateway", "let us in");
            }
        };
        Config config = config("http://127.0.0.1:" + server.getAddress().getPort());
        try (KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("gateway", gateway))
                .build()) {
            listPatchAndWatch(client);
        } finally {
            server.stop(0);
        }
        assertThat(seen)
                .containsExactly("GET /list let us in", "PATCH /patch let us in", "GET /watch?watch=true let us in");
    }

    /** The name of the API server is known to the proxy alone. */
    @Test
    void all_that_is_asked_goes_through_the_client_s_proxy() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        HttpServer proxy = server(seen, exchange -> exchange.getRequestHeaders().getFirst("Host"));
        Config config = new ConfigBuilder(config("http://api.invalid"))
                .withHttpProxy("http://127.0.0.1:" + proxy.getAddress().getPort())
                .build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            listPatchAndWatch(client);
        } finally {
            proxy.stop(0);
        }
        assertThat(seen)
                .containsExactly(
                        "GET http://api.invalid/list api.invalid",
                        "PATCH http://api.invalid/patch api.invalid",
                        "GET http://api.invalid/watch?watch=true api.invalid");
    }

    private static void listPatchAndWatch(KubernetesClient client) throws Exception {
        ClientTransport transport = new ClientTransport(client);
        assertThat(transport
                        .send(Ask.get("/list", WAIT))
                        .get(30, TimeUnit.SECONDS)
                        .body())
                .isEqualTo("line\n");
        Ask patch = new Ask("PATCH", "/patch", "application/json-patch+json", "[]", Ask.JSON, WAIT);
        assertThat(transport.send(patch).get(30, TimeUnit.SECONDS).body()).isEqualTo("line\n");
        CompletableFuture<String> line = new CompletableFuture<>();
        transport.lines(Ask.get("/watch?watch=true", WAIT), new Transport.Listener() {
            @Override
            public void opened() {}

            @Override
            public void line(String text) {
                line.complete(text);
            }

            @Override
            public void ended() {
                line.complete("ended");
            }

            @Override
            public void refused(Answer answer) {
                line.complete(answer.toString());
            }

            @Override
            public void failed(Throwable failure) {
                line.completeExceptionally(failure);
            }
        });
        assertThat(line.get(30, TimeUnit.SECONDS)).isEqualTo("line");
    }

    /** Answers each request with a line, and writes down what was asked and what the other says of it. */
    private static HttpServer server(List<String> seen, Function<HttpExchange, String> of) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + of.apply(exchange));
            byte[] answer = "line\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
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
        return new KubernetesClientBuilder()
                .withConfig(config("http://127.0.0.1:" + port + "/"))
                .build();
    }

    private static Config config(String url) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(url)
                .withHttp2Disable(true)
                .build();
    }
}
