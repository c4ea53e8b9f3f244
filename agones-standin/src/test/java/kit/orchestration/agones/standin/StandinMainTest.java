package kit.orchestration.agones.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.TlsChannelCredentials;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationServiceGrpc;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in as a process of its own. */
class StandinMainTest {

    /** One that runs, and what it has printed. */
    private record Running(Process process, Map<String, Object> up) implements AutoCloseable {

        static Running with(String... options) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    StandinMain.class.getName()));
            command.addAll(List.of(options));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
            return new Running(process, LedgerJson.read(String.valueOf(out.readLine())));
        }

        int allocatorPort() {
            return ((Number) up.get("allocator")).intValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void itPrintsItsPortsAndEndsWithItsInput() throws Exception {
        try (Running running = Running.with(
                "--servers", "2", "--state", "Ready", "--capacity", "5", "--vices", "batch-drops,silent-truncation")) {
            assertThat(running.allocatorPort()).isPositive();
            assertThat((Map<?, ?>) running.up().get("sidecars")).hasSize(2);
            running.process().getOutputStream().close();
            assertThat(running.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(running.process().exitValue()).isZero();
        }
    }

    @Test
    void withTlsItLetsInWhoHasACertificateOfTheClientCa(@TempDir Path folder) throws Exception {
        SelfSigned server = SelfSigned.in(folder, "server");
        SelfSigned client = SelfSigned.in(folder, "client");
        SelfSigned stranger = SelfSigned.in(folder, "stranger");
        try (Running running = Running.with(
                "--servers",
                "1",
                "--state",
                "Ready",
                "--vices",
                "none",
                "--tls-cert",
                server.certificate().toString(),
                "--tls-key",
                server.key().toString(),
                "--client-ca",
                client.certificate().toString())) {
            int port = running.allocatorPort();

            assertThat(allocated(port, trusting(server, client))).isEqualTo("duel-0");
            for (ChannelCredentials refused :
                    List.of(trusting(server, stranger), trusting(server, null), InsecureChannelCredentials.create())) {
                assertThatThrownBy(() -> allocated(port, refused))
                        .extracting(error -> Status.fromThrowable(error).getCode())
                        .isEqualTo(Code.UNAVAILABLE);
            }
        }
    }

    @Test
    void aWrongOptionIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandinMain.main(new String[] {"--server", "2"}))
                .withMessageContaining("--server");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandinMain.main(new String[] {"--tls-cert", "tls.crt"}))
                .withMessageContaining("--tls-key");
    }

    private static ChannelCredentials trusting(SelfSigned server, SelfSigned client) throws IOException {
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder()
                .trustManager(server.certificate().toFile());
        if (client != null) {
            credentials.keyManager(client.certificate().toFile(), client.key().toFile());
        }
        return credentials.build();
    }

    private static String allocated(int port, ChannelCredentials credentials) {
        ManagedChannel channel =
                OkHttpChannelBuilder.forAddress("127.0.0.1", port, credentials).build();
        try {
            return AllocationServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .allocate(AllocationRequest.newBuilder()
                            .setNamespace("default")
                            .build())
                    .getGameServerName();
        } finally {
            channel.shutdownNow();
        }
    }
}
