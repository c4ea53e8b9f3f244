package kit.orchestration.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that is logged shows a token, nor the part of it that can't be guessed. */
class TokenSecrecyTest {

    @Test
    void noLogLineShowsAToken(@TempDir Path folder) throws Exception {
        Path out = folder.resolve("tokens");
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        TokenSecrecyScenario.class.getName())
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String logged = Files.readString(log, UTF_8);
        assertThat(process.exitValue()).as(logged).isZero();
        List<String> tokens = Files.readAllLines(out, UTF_8);

        assertThat(tokens).hasSizeGreaterThan(3).doesNotHaveDuplicates();
        assertThat(logged)
                .contains(
                        "took over",
                        "on purpose",
                        "TokenRefusedException",
                        "RequestConflictException",
                        "CLAIM_REFUSED");
        for (String token : tokens) {
            assertThat(logged).doesNotContain(token);
            assertThat(logged).doesNotContain(token.substring(token.lastIndexOf('.') + 1));
        }
    }
}
