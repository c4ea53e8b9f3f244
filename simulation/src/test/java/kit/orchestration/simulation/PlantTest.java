package kit.orchestration.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each fault that is put in is found, by nobody who knows where to look; those after the eleventh by hand, since some
 * take a minute: {@code simulation/run --first --plant NAME}.
 */
class PlantTest {

    @ParameterizedTest
    @EnumSource(from = "RELEASE_NOTHING")
    void a_fault_can_be_planted(Plant plant) throws Exception {
        Path classes = plant.compile(Path.of(System.getProperty("orchestration.root")));

        assertThat(classes).isNotEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(to = "COUNT_UNKNOWN_AS_FREE")
    void a_planted_fault_is_found(Plant plant) throws Exception {
        Path classes = plant.compile(Path.of(System.getProperty("orchestration.root")));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Simulation.JVM);
        command.addAll(List.of(
                "-cp",
                classes + File.pathSeparator + System.getProperty("java.class.path"),
                Simulation.class.getName(),
                "--first",
                "--seeds",
                "3000"));
        Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(run.waitFor()).as(said).isEqualTo(1);
        assertThat(said).contains("the first breach after");
    }
}
