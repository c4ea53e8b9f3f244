package kit.orchestration.examples.arena.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.Journal.Entry;
import org.junit.jupiter.api.Test;

class GridTest {

    private final Board board = new Board(10);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Grid grid = new Grid(
            new PrintStream(out, true, UTF_8),
            "many large pods on an Agones at the end of a very long name of a host in a domain",
            false);

    @Test
    void manyPodsWithManySlotsFitATerminal() {
        for (int i = 1; i <= 20; i++) {
            read(new Event.PodReady("gs-" + i, "europe-west1", 100));
        }
        read(new Event.Started("gs-1", 0, "s"));
        grid.show(board, List.of());

        List<String> lines = out.toString(UTF_8)
                .replaceAll("\u001b\\[[0-9?]*[a-zA-Z]", "")
                .lines()
                .toList();
        assertThat(lines)
                .hasSizeLessThan(24)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("gs-1 ", "europ…", "● · · · · · · ·"));
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("and 12 more"));
    }

    @Test
    void aSmallPodsColumnsStandBelowTheOthers() {
        read(new Event.PodReady("large", "eu", 8));
        read(new Event.PodReady("small", "eu", 3));
        grid.show(board, List.of());

        List<String> rows = out.toString(UTF_8)
                .lines()
                .filter(line -> line.contains("eu  "))
                .toList();
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0)).contains("· · · · · · · ·").hasSameSizeAs(rows.get(1));
        assertThat(rows.get(1)).contains("· · ·  ");
    }

    @Test
    void whatAPodTellsWhenItIsGoneIsNotShown() {
        read(new Event.PodReady("old", "eu", 8));
        read(new Event.PodGone("old"));
        read(new Event.PodReady("new", "eu", 8));
        read(new Event.Freed("old", 7, "s", true));
        grid.show(board, List.of());

        assertThat(out.toString(UTF_8)).contains("  new ").doesNotContain("  old  ");
        assertThat(board.ended).isOne();
    }

    private void read(Event event) {
        board.read(List.of(new Entry(Duration.ZERO, event)), Duration.ZERO);
    }
}
