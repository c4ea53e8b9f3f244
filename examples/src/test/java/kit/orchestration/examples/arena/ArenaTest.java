package kit.orchestration.examples.arena;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import kit.orchestration.examples.arena.match.Pace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, run for real on Local, with players who think fast. */
@Timeout(60)
class ArenaTest {

    private static final String MATCHES = "30";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void aRunEndsWell() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES)).isZero();

        assertThat(lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(out.toString(UTF_8))
                .contains("arena: 9 bad tokens presented")
                .contains("eu-2 drains")
                .contains("eu-3 is ready")
                .doesNotContain("eyJ") // how every token begins
                .doesNotContain("\u001b");
    }

    @Test
    void aTerminalShowsTheGridThatFitsIt() throws Exception {
        assertThat(run(new Terminal(80, 24, false), "--matches", MATCHES)).isZero();

        String shown = out.toString(UTF_8);
        assertThat(shown).contains("●").contains("draining").endsWith(" 0 lost, 0 double\n");
        assertThat(shown.replaceAll("\u001b\\[[0-9?]*[a-zA-Z]", "").lines())
                .filteredOn(line -> !line.startsWith("arena:"))
                .allSatisfy(line -> assertThat(line.strip()).hasSizeLessThanOrEqualTo(80));
        assertThat(shown).as("NO_COLOR").doesNotContainPattern("\u001b\\[[0-9]+m");
    }

    @Test
    void aDoublePlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "double"))
                .isEqualTo(1);

        assertThat(lastLine()).startsWith("arena: 30 allocated, ").endsWith(", 0 lost, 1 double");
    }

    @Test
    void aLostPlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "lost"))
                .isEqualTo(1);

        assertThat(lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 29 ended, 9 refused tokens, 1 lost, 0 double");
    }

    @Test
    void anAcceptPlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "accept"))
                .isEqualTo(1);

        assertThat(lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 8 refused tokens, 0 lost, 0 double");
        assertThat(out.toString(UTF_8)).contains("9 bad tokens were presented, 8 refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--bogus",
                "extra",
                "--matches",
                "--matches 0",
                "--matches 1.5",
                "--matches 100001",
                "--seed x",
                "--plant",
                "--plant nothing",
                "--kubernetes",
                "--help --bogus"
            })
    void wrongOptionsEndWithTheUsage(String options) throws Exception {
        assertThat(run(new Terminal(0, 0, false), options.split(" "))).isEqualTo(2);

        assertThat(err.toString(UTF_8)).startsWith("arena: ").contains("usage: ./arena");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void helpIsNoError() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--help")).isZero();

        assertThat(out.toString(UTF_8)).startsWith("usage: ./arena");
    }

    private int run(Terminal terminal, String... options) throws IOException, InterruptedException {
        PrintStream to = new PrintStream(out, true, UTF_8);
        PrintStream errors = new PrintStream(err, true, UTF_8);
        return new Arena(to, errors, terminal, new Pace(Duration.ofMillis(4))).run(List.of(options));
    }

    private String lastLine() {
        List<String> lines = out.toString(UTF_8).lines().toList();
        return lines.get(lines.size() - 1);
    }
}
