package kit.orchestration.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every text of every format ever released is read, and means what it meant: allocators and pods are upgraded one by
 * one.
 */
class GoldenFilesTest {

    @TestFactory
    Stream<DynamicTest> every_text_of_every_format_is_read() {
        return IntStream.rangeClosed(0, LedgerState.FORMAT)
                .boxed()
                .flatMap(format -> lines(format).stream()
                        .map(line -> DynamicTest.dynamicTest("format " + format + ": " + line, () -> {
                            String[] parts = line.split("\\|", -1);
                            Object read =
                                    parts[0].equals("state") ? LedgerState.parse(parts[1]) : LedgerSlot.parse(parts[1]);
                            assertThat(read).hasToString(parts[2]);
                        })));
    }

    @Test
    void what_is_written_today_is_in_the_newest_file() {
        assertThat(lines(LedgerState.FORMAT))
                .contains(
                        "state|" + LedgerState.open("Zx3-_9aQ").format() + "|" + LedgerState.open("Zx3-_9aQ"),
                        "state|" + LedgerState.closed("Zx3-_9aQ", true).format() + "|"
                                + LedgerState.closed("Zx3-_9aQ", true));
    }

    private static List<String> lines(int format) {
        try (InputStream file = GoldenFilesTest.class.getResourceAsStream("/golden/format-" + format + ".txt")) {
            return new String(
                            Objects.requireNonNull(file, "each format has its file")
                                    .readAllBytes(),
                            UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (java.io.IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}
