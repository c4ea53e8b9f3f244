package kit.orchestration.sdk.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import kit.orchestration.ledger.lease.Transport.Ask;
import kit.orchestration.sdk.platform.JdkTransport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose certificate's authority changes while the pod runs. */
class ClusterTrustTest {

    private static final String PASSWORD = "not a secret";
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private HttpsServer server;

    @AfterEach
    void close() {
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void the_authorities_are_read_anew_when_their_file_has_changed() throws Exception {
        Path file = folder.resolve("ca.crt");
        Files.copy(authority("old"), file);
        int port = serve("old", 0);
        JdkTransport transport = new JdkTransport(
                URI.create("https://127.0.0.1:" + port), LONG, ClusterTrust.of(() -> read(file)), () -> "");
        assertThat(ask(transport)).isEqualTo(200);

        Files.writeString(file, read(authority("old")) + read(authority("new"))); // as a rotation begins
        restart("new", port);
        assertThat(ask(transport)).isEqualTo(200);

        Files.writeString(file, read(authority("new")));
        restart("old", port);
        assertThatThrownBy(() -> ask(transport))
                .hasRootCauseInstanceOf(CertPathBuilderException.class)
                .hasStackTraceContaining(SSLHandshakeException.class.getName());

        restart("new", port);
        for (String unreadable : List.of("", "-----BEGIN CERTIFICATE-----\nhalf")) { // while it is being written
            Files.writeString(file, unreadable);
            restart("new", port);
            assertThat(ask(transport)).isEqualTo(200);
        }
        Files.delete(file);
        restart("new", port);
        assertThat(ask(transport)).isEqualTo(200);
    }

    @Test
    void the_server_must_be_the_one_that_was_dialled() throws Exception {
        int port = serve("old", 0);
        JdkTransport transport = new JdkTransport(
                URI.create("https://localhost:" + port), LONG, ClusterTrust.of(() -> read(authority("old"))), () -> "");

        assertThatThrownBy(() -> ask(transport)).hasStackTraceContaining("localhost found");
    }

    private static int ask(JdkTransport transport) {
        return transport.send(Ask.get("/", LONG)).join().status();
    }

    private void restart(String name, int port) throws Exception {
        server.stop(0);
        serve(name, port);
    }

    private int serve(String name, int port) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store(name))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        return server.getAddress().getPort();
    }

    /** A certificate that is its own authority. */
    private Path authority(String name) {
        Path certificate = folder.resolve(name + ".crt");
        if (!Files.exists(certificate)) {
            keytool(name, "-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "san=ip:127.0.0.1");
            keytool(name, "-exportcert", "-rfc", "-file", certificate.toString());
        }
        return certificate;
    }

    private Path store(String name) {
        authority(name);
        return folder.resolve(name + ".p12");
    }

    private void keytool(String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of(
                "-alias",
                name,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                folder.resolve(name + ".p12").toString()));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException("can't be read", e);
        }
    }
}
