package kit.orchestration.examples.arena;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, run for real on Local, with players who think fast. */
@Timeout(60)
class ArenaTest {

    private static final String MATCHES = "30";

    private final Command command = new Command();

    @Test
    void aRunEndsWell() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES)).isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.out())
                .contains("arena: 9 bad tokens presented")
                .contains("eu-2 drains")
                .contains("eu-3 is ready")
                .doesNotContain("eyJ") // how every token begins
                .doesNotContain("\u001b");
    }

    @Test
    void aRunInArabicSaysTheSame() throws Exception {
        assertThat(command.runInArabic(new Terminal(0, 0, false), "--matches", MATCHES))
                .isZero();

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 9 refused tokens, 0 lost, 0 double");
        assertThat(command.out()).doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
    }

    @Test
    void aTerminalShowsTheGridThatFitsIt() throws Exception {
        assertThat(run(new Terminal(80, 24, false), "--matches", MATCHES)).isZero();

        String shown = command.out();
        assertThat(shown).contains("●").contains("eu-2 drains").endsWith(" 0 lost, 0 double\n");
        assertThat(shown.replaceAll("\u001b\\[[0-9?]*[a-zA-Z]", "").lines())
                .filteredOn(line -> !line.startsWith("arena:"))
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(shown).as("NO_COLOR").doesNotContainPattern("\u001b\\[[0-9]+m");
    }

    @Test
    void aDoublePlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "double"))
                .isEqualTo(1);

        assertThat(command.lastLine()).startsWith("arena: 30 allocated, ").endsWith(", 0 lost, 1 double");
    }

    @Test
    void aLostPlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "lost"))
                .isEqualTo(1);

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 29 ended, 9 refused tokens, 1 lost, 0 double");
    }

    @Test
    void anAcceptPlantIsFound() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--matches", MATCHES, "--plant", "accept"))
                .isEqualTo(1);

        assertThat(command.lastLine())
                .isEqualTo("arena: 30 allocated, 30 started, 30 ended, 8 refused tokens, 0 lost, 0 double");
        assertThat(command.out()).contains("9 bad tokens were presented, 8 refused");
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
                "--kubeconfig pom.xml",
                "--kubernetes --kubeconfig",
                "--kubernetes --kubeconfig no-such-file",
                "--kubernetes --namespace arena",
                "--agones --kubernetes",
                "--agones --namespace default",
                "--allocator 127.0.0.1:443 --plaintext --sidecars 9358",
                "--agones --sidecars 9358",
                "--agones --allocator 127.0.0.1:443 --plaintext",
                "--agones --allocator 127.0.0.1:443 --sidecars 9358",
                "--agones --allocator nowhere --plaintext --sidecars 9358",
                "--agones --allocator 127.0.0.1:443 --plaintext --sidecars 9358,9358",
                "--agones --allocator 127.0.0.1:443 --plaintext --sidecars 9358,x",
                "--agones --allocator 127.0.0.1:443 --plaintext --sidecars 70000",
                "--agones --allocator 127.0.0.1:443 --plaintext --sidecars 9358 --fleet No_Pool",
                "--agones --allocator 127.0.0.1:443 --sidecars 9358 --cert pom.xml",
                "--agones --allocator 127.0.0.1:443 --sidecars 9358 --ca no-such-file",
                "--agones --allocator 127.0.0.1:443 --sidecars 9358 --ca pom.xml --plaintext",
                "--help --bogus"
            })
    void wrongOptionsEndWithTheUsage(String options) throws Exception {
        assertThat(run(new Terminal(0, 0, false), options.split(" "))).isEqualTo(2);

        assertThat(command.err()).startsWith("arena: ").contains("usage: ./arena");
        assertThat(command.out()).isEmpty();
    }

    @Test
    void helpIsNoError() throws Exception {
        assertThat(run(new Terminal(0, 0, false), "--help")).isZero();

        assertThat(command.out()).startsWith("usage: ./arena");
    }

    private int run(Terminal terminal, String... options) throws InterruptedException {
        return command.run(terminal, options);
    }
}
