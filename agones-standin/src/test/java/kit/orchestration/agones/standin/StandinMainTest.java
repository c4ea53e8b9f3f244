package kit.orchestration.agones.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import kit.orchestration.token.LedgerJson;
import org.junit.jupiter.api.Test;

/** The stand-in as a process of its own. */
class StandinMainTest {

    @Test
    void itPrintsItsPortsAndEndsWithItsInput() throws Exception {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StandinMain.class.getName(),
                        "--servers",
                        "2",
                        "--state",
                        "Ready",
                        "--capacity",
                        "5",
                        "--vices",
                        "batch-drops,silent-truncation")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            Map<String, Object> up = LedgerJson.read(String.valueOf(out.readLine()));

            assertThat(up.get("allocator")).isInstanceOf(Number.class);
            assertThat((Map<?, ?>) up.get("sidecars")).hasSize(2);
            process.getOutputStream().close();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aWrongOptionIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StandinMain.main(new String[] {"--server", "2"}))
                .withMessageContaining("--server");
    }
}
