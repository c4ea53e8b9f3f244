package kit.orchestration.examples.arena.backend.agones;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.controlplane.Ports;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The game server's process by itself, as a Fleet's container has it: with the environment that Agones gives, and no
 * more.
 */
@Timeout(60)
class AgonesPodMainTest {

    @Test
    void aContainerNeedsTheSidecarsPortAlone() throws Exception {
        try (Ports ports = new Ports(new SecureRandom());
                AgonesStandin agones = AgonesStandin.builder().start()) {
            int port = ports.free();
            agones.addGameServer(
                    StandinGameServer.of("duel-1", "duel").label("region", "eu").port(port));
            Process process = start(agones.sidecarPort("duel-1"));
            try (AgonesAllocator allocator = AgonesAllocator.builder()
                            .endpoints("127.0.0.1:" + agones.allocatorPort())
                            .plaintext()
                            .pools("duel")
                            .build();
                    BufferedReader said = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                assertThat(said.readLine()).isEqualTo("event ready duel-1 eu 8");
                assertThat(said.readLine()).isEqualTo("up 127.0.0.1:" + port);

                Allocation allocation = allocator.allocate(AllocateReq.builder("duel")
                        .maxWait(Duration.ofSeconds(20))
                        .build());
                assertThat(allocation.podAddress().port()).isEqualTo(port);
                try (LineConnection player = LineConnection.dial(allocation.podAddress(), Duration.ofSeconds(10))) {
                    player.send(Words.HELLO + " " + allocation.token().encoded() + " anna");
                    assertThat(player.read(Duration.ofSeconds(10)))
                            .startsWith(Words.WELCOME + " " + allocation.sessionId());
                }
                process.toHandle().destroy();
                assertThat(process.waitFor(30, SECONDS)).isTrue();
                assertThat(said.lines()).contains("event draining duel-1", "event gone duel-1");
                assertThat(agones.see("duel-1").values()).isEmpty();
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static Process start(int sidecar) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        AgonesPodMain.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("AGONES_SDK_HTTP_PORT", Integer.toString(sidecar));
        builder.environment().put("AGONES_SDK_GRPC_PORT", "9357");
        return builder.start();
    }
}
