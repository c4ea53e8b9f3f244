package kit.orchestration.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each fault that is put in is found, by nobody who knows where to look; those after the eleventh by hand, since some
 * take a minute: {@code simulation/run --first --plant NAME}.
 */
class PlantTest {

    private static final Path ROOT = Path.of(System.getProperty("orchestration.root"));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(from = "RELEASE_NOTHING")
    void a_fault_can_be_planted(Plant plant) throws Exception {
        Path classes = plant.compile(ROOT, folder);

        assertThat(classes).isNotEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(to = "COUNT_UNKNOWN_AS_FREE")
    void a_planted_fault_is_found(Plant plant) throws Exception {
        Process run = plant.program(ROOT, folder, List.of("--first", "--seeds", "3000"))
                .redirectErrorStream(true)
                .start();
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(run.waitFor()).as(said).isEqualTo(1);
        assertThat(said).contains("the first breach after");
    }
}
