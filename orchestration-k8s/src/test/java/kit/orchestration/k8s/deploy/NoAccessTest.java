package kit.orchestration.k8s.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is told when the API server can't be asked: what was dialled, and why it failed. The docs have these words, too.
 */
class NoAccessTest {

    /** Says where the kubeconfig is, before the environment does. */
    private static final String KUBECONFIG = "kubeconfig";

    private static final String TOKEN = "c2VjcmV0LXRva2Vu";
    /** As long as a machine that is busy needs to make the first call, which then fails at once. */
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    @TempDir
    private Path folder;

    @AfterEach
    void forget() {
        System.clearProperty(KUBECONFIG);
    }

    private static ConfigBuilder config(String url) {
        return new ConfigBuilder(Config.empty())
                .withHttp2Disable(true) // as the default client has it
                .withMasterUrl(url)
                .withOauthToken(TOKEN)
                .withNamespace("games");
    }

    private static void assertTold(Config config, String... told) {
        try (KubernetesClient client =
                        new KubernetesClientBuilder().withConfig(config).build();
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .callTimeout(CALL_TIMEOUT)
                        .build()) {
            assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContainingAll(told)
                    .hasMessageContaining("at " + config.getMasterUrl().replaceFirst("/$", ""))
                    .message()
                    .satisfies(DocumentedErrors::assertDocumented)
                    .doesNotContain(TOKEN);
        }
    }

    @Test
    void a_dead_address() throws IOException {
        try (Socket nobody = new Socket()) { // it has the port, and does not listen
            nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

            assertTold(config("https://127.0.0.1:" + nobody.getLocalPort()).build(), "ConnectException");
        }
    }

    /** By RFC 6761 no DNS has it. */
    @Test
    void a_name_that_is_in_no_DNS() {
        assertTold(
                config("https://nosuch.invalid:6443").build(), "UnknownHostException: the server's name is in no DNS");
    }

    @Test
    void an_authority_that_is_not_known() {
        assertTold(config(ControlPlane.shared().url().toString()).build(), "SSLHandshakeException", "PKIX");
    }

    @Test
    void a_web_server() throws IOException {
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/", exchange -> {
            byte[] page = "<html><title>Sign in</title></html>".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        web.start();
        try {
            assertTold(
                    config("http://127.0.0.1:" + web.getAddress().getPort()).build(),
                    "not as the API of Kubernetes does",
                    "<html>");
        } finally {
            web.stop(0);
        }
    }

    /** Not told to take a role: nobody knows who it is. */
    @Test
    void a_token_that_nobody_knows() {
        ControlPlane plane = ControlPlane.shared();
        String ca = Base64.getEncoder().encodeToString(plane.caPem().getBytes(UTF_8));
        try (KubernetesClient client = new KubernetesClientBuilder()
                        .withConfig(config(plane.url().toString())
                                .withCaCertData(ca)
                                .build())
                        .build();
                KubernetesAllocator allocator =
                        KubernetesAllocator.builder().client(client).build()) {
            await().untilAsserted(() -> assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                    .isInstanceOf(BackendException.class)
                    .hasMessageContainingAll("was answered 401", "does not know the client's token or certificate")
                    .message()
                    .satisfies(DocumentedErrors::assertDocumented)
                    .doesNotContain(TOKEN, "role"));
        }
    }

    @Test
    void no_kubeconfig() {
        Path none = folder.resolve("none");
        System.setProperty(KUBECONFIG, none.toString());

        assertThatThrownBy(
                        () -> KubernetesAllocator.builder().namespace("games").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("KUBECONFIG", "~/.kube/config", none.toString(), "builder().client(...)")
                .message()
                .satisfies(DocumentedErrors::assertDocumented);
    }

    @Test
    void a_kubeconfig_that_can_not_be_read() throws IOException {
        Path kubeconfig = folder.resolve("kubeconfig");
        Files.writeString(kubeconfig, "clusters: [{name: c, cluster: {server: [" + TOKEN);
        System.setProperty(KUBECONFIG, kubeconfig.toString());

        assertThatThrownBy(() -> KubernetesAllocator.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("kubeconfig", "KUBECONFIG", kubeconfig.toString(), "builder().client(...)")
                .hasNoCause()
                .message()
                .satisfies(DocumentedErrors::assertDocumented)
                .doesNotContain(TOKEN);
    }

    @Test
    void a_context_that_the_kubeconfig_does_not_have() throws IOException {
        Path kubeconfig = folder.resolve("kubeconfig");
        Files.writeString(kubeconfig, """
                {"apiVersion": "v1", "kind": "Config", "current-context": "gone",
                 "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443"}}],
                 "users": [{"name": "u", "user": {"token": "%s"}}],
                 "contexts": [{"name": "games", "context": {"cluster": "c", "user": "u", "namespace": "games"}}]}
                """.formatted(TOKEN));
        System.setProperty(KUBECONFIG, kubeconfig.toString());

        assertThatThrownBy(() -> KubernetesAllocator.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("current-context", "[\"games\"]", "kubectl config use-context")
                .message()
                .satisfies(DocumentedErrors::assertDocumented)
                .doesNotContain(TOKEN);
        assertThat(kubeconfig).exists();
    }
}
