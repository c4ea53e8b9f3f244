package kit.orchestration.examples.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.controlplane.Ports;
import kit.orchestration.sdk.agones.AgonesPlatform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The command, run for real on Agones' stand-in, with players who think fast: on the run's own, and on one that is
 * there already, whose game servers are others than the arena would have made.
 */
@Timeout(600) // no run hangs for ever: where slots are lost, the audit alone waits 75 s for each of three pods
class AgonesArenaTest {

    private static final Terminal NONE = new Terminal(0, 0, false);

    private final Command command = new Command();
    private final Ports ports = new Ports(new SecureRandom());
    private final List<String> servers = new ArrayList<>();
    private AgonesStandin agones;

    /** Its vices are on; only its waits are shorter than a real one's. */
    @BeforeEach
    void start() throws IOException {
        agones = AgonesStandin.builder()
                .batchWait(Duration.ofMillis(50))
                .flush(Duration.ofMillis(100))
                .start();
    }

    @AfterEach
    void stop() {
        agones.close();
        ports.close();
    }

    @Test
    void aRunEndsWell() throws Exception {
        assertThat(command.run(NONE, "--agones", "--matches", "30"))
                .as(command.out() + command.err())
                .isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.err()).contains("batches of 500 ms, seed 1, with batch drops, silent truncation");
        assertThat(command.out())
                .contains("eu-2 drains")
                .contains("eu-2 is gone")
                .contains("eu-3 is ready")
                .doesNotContain("eyJ"); // how every token begins
    }

    @Test
    void aRunInArabicSaysTheSame() throws Exception {
        assertThat(command.runInArabic(NONE, "--agones", "--matches", "30"))
                .as(command.out() + command.err())
                .isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.out()).doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
    }

    @Test
    void aRunOnAGivenAgonesTakesItsServersAsTheyAre() throws Exception {
        add(StandinGameServer.of("a", "duel").capacity(5));
        add(StandinGameServer.of("b", "duel").capacity(12));

        assertThat(run("--matches", "30")).as(command.out() + command.err()).isZero();

        assertThat(command.lastLine()).matches("arena: 30 allocated, 30 started, 30 ended, 9 refused .*");
        assertThat(command.err())
                .contains("gs-1 is GameServer a at 127.0.0.1, state Scheduled, region eu, 5 sessions")
                .contains("gs-2 is GameServer b at 127.0.0.1, state Scheduled, region us, 12 sessions");
        assertThat(command.out()).contains("gs-2 drains").contains("gs-2b is ready");
        assertThat(Stream.of("a", "b").map(agones::see)).allSatisfy(server -> {
            assertThat(server.deleted()).isFalse();
            assertThat(server.values()).isEmpty();
            assertThat(server.labels()).containsEntry("agones.dev/sdk-orchestration-open", "false");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            double | .*, 0 lost, 1 double
            lost   | arena: 20 allocated, 20 started, 1[0-9] ended, .* tokens, [1-9] lost, 0 double
            accept | arena: 20 allocated, 20 started, 20 ended, [0-4] refused tokens, 0 lost, 0 double
            """)
    void aPlantIsFoundOnAGivenAgones(String plant, String lastLine) throws Exception {
        add(StandinGameServer.of("a", "duel").capacity(4).label("region", "north"));
        add(StandinGameServer.of("b", "duel").capacity(4).label("region", "north"));
        add(StandinGameServer.of("c", "duel").capacity(4).label("region", "south"));

        assertThat(run("--matches", "20", "--plant", plant))
                .as(command.out() + command.err())
                .isEqualTo(1);

        assertThat(command.lastLine()).matches(lastLine);
    }

    @Test
    void aSidecarThatIsNoneIsToldOf() throws Exception {
        int nobody = ports.free();

        assertThat(command.run(
                        NONE,
                        "--agones",
                        "--allocator",
                        "127.0.0.1:1",
                        "--plaintext",
                        "--sidecars",
                        Integer.toString(nobody)))
                .isEqualTo(1);

        assertThat(command.err()).contains("--sidecars: no Agones sidecar answers at port " + nobody);
    }

    @Test
    void aListThatNoServerHasIsToldOf() throws Exception {
        add(StandinGameServer.of("a", "duel").list("rooms"));

        assertThat(run()).isEqualTo(1);

        assertThat(command.err())
                .contains("GameServer a")
                .contains("no list \"sessions\"")
                .contains("--list");
    }

    @Test
    void aListWithoutRoomIsToldOf() throws Exception {
        add(StandinGameServer.of("a", "duel").capacity(0));

        assertThat(run()).isEqualTo(1);

        assertThat(command.err()).contains("GameServer a").contains("must have a capacity of 1 to 1000, and has 0");
    }

    @Test
    void aServerThatIsUnhealthyIsToldOf() throws Exception {
        add(StandinGameServer.of("a", "duel"));
        agones.setState("a", "Unhealthy");
        try (AgonesPlatform platform =
                AgonesPlatform.builder().port(agones.sidecarPort("a")).build()) {
            await().until(() -> platform.gameServer().state().equals("Unhealthy"));
        }

        assertThat(run()).isEqualTo(1);

        assertThat(command.err())
                .contains("GameServer a")
                .contains("is Unhealthy, which is final")
                .contains("--sidecars");
    }

    @Test
    void aPortThatIsTakenIsToldOf() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            agones.addGameServer(StandinGameServer.of("a", "duel").port(taken.getLocalPort()));
            servers.add("a");

            assertThat(run()).isEqualTo(1);
        }

        assertThat(command.err()).contains("pod gs-1 ended with 1 before it was up");
    }

    @Test
    void aFleetThatTheServersAreNotOfIsToldOf() throws Exception {
        add(StandinGameServer.of("a", "duel"));

        assertThat(run("--fleet", "chess")).isEqualTo(1);

        assertThat(command.err()).contains("--fleet").contains("chess").contains("duel");
    }

    @Test
    void anAllocatorThatIsAwayIsToldOf() throws Exception {
        add(StandinGameServer.of("a", "duel"));
        String sidecar = Integer.toString(agones.sidecarPort("a"));
        String nobody = "127.0.0.1:" + ports.free();

        assertThat(command.run(NONE, "--agones", "--allocator", nobody, "--plaintext", "--sidecars", sidecar))
                .isEqualTo(1);

        assertThat(command.err()).contains(nobody).contains("can't be reached").contains("--allocator");
    }

    private void add(StandinGameServer server) throws IOException {
        agones.addGameServer(server.port(ports.free()));
        servers.add(server.name());
    }

    /** On the stand-in that is there already. */
    private int run(String... options) throws InterruptedException {
        List<String> all = new ArrayList<>(List.of(
                "--agones",
                "--allocator",
                "127.0.0.1:" + agones.allocatorPort(),
                "--plaintext",
                "--sidecars",
                servers.stream()
                        .map(name -> Integer.toString(agones.sidecarPort(name)))
                        .collect(Collectors.joining(","))));
        all.addAll(List.of(options));
        return command.run(NONE, all.toArray(new String[0]));
    }
}
