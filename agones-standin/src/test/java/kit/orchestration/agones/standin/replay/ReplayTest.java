package kit.orchestration.agones.standin.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.agones.standin.replay.Assertion.Observed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The replay, and that the stand-in does what is recorded of a real Agones. */
class ReplayTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(List<String> options) throws InterruptedException {
        return Replay.run(
                options, Duration.ofMillis(150), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }

    @Test
    void theStandinDoesWhatIsRecorded() throws Exception {
        int status = run(List.of());

        assertThat(out.toString(UTF_8))
                .doesNotContain("DIFFERS")
                .endsWith("replay: %s assertions, 0 differences%n"
                        .formatted(Assertion.all().size()));
        assertThat(status).isZero();
    }

    @Test
    void aDifferenceIsMarkedAndCounted() {
        Table table = new Table(new PrintStream(out, true, UTF_8), "one", "other");
        Observed ok = new Observed("OK", true);

        table.row("same", ok, new Observed("OK", true));
        table.row("other text", ok, new Observed("404", true));
        table.row("seen by neither", new Observed("cut", false), new Observed("cut", false));

        assertThat(table.end()).isEqualTo(2);
        assertThat(out.toString(UTF_8).lines().filter(line -> line.startsWith("DIFFERS")))
                .hasSize(2)
                .allMatch(line -> line.contains("other text") || line.contains("seen by neither"));
    }

    @Test
    void serversInUseAreLeftAlone() throws Exception {
        try (AgonesStandin used = AgonesStandin.builder().start()) {
            List<String> ports = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                used.addGameServer(StandinGameServer.of(name, "duel"));
                ports.add(Integer.toString(used.sidecarPort(name)));
                new Pod(HttpClient.newHttpClient(), used.sidecarPort(name), "sessions").list("addValue", "somebodys");
            }

            int status = run(List.of(
                    "--allocator",
                    "127.0.0.1:" + used.allocatorPort(),
                    "--plaintext",
                    "--sidecars",
                    String.join(",", ports)));

            assertThat(status).isEqualTo(2);
            assertThat(err.toString(UTF_8)).contains("sessions must be empty, had 1 values");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--allocators here:1",
                "--allocator",
                "--fleet duel",
                "--allocator here:1 --sidecars 1,2",
                "--allocator here:1 --sidecars 1,2 --plaintext --ca ca.crt",
                "--allocator here:1 --sidecars 1,2 --ca ca.crt --cert tls.crt",
                "--allocator here:1 --plaintext --sidecars 1",
                "--allocator here:1 --plaintext --sidecars 1,x",
                "--allocator here:1 --plaintext --sidecars 1,70000"
            })
    void wrongOptionsAreNamed(String options) throws Exception {
        assertThat(run(List.of(options.split(" ")))).isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("replay: ").contains("--");
        assertThat(out.toString(UTF_8)).isEmpty();
    }
}
