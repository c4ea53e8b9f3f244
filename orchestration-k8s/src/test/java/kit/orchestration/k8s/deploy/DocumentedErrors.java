package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The table 'the error says / because' of the docs: each message that is tested has a line there, in its own words. */
public final class DocumentedErrors {

    private static final Path PAGE = Path.of("..", "docs", "kubernetes.md");
    private static final String HEAD = "| the error says | because |";

    private DocumentedErrors() {}

    /** Some line of the table has words that are all in the message, in this order. */
    public static void assertDocumented(String message) {
        assertThat(lines()).as(message).anyMatch(words -> message.matches("(?s).*" + words + ".*"));
    }

    /** The first column of each line, as a pattern: an ellipsis stands for anything. */
    private static List<String> lines() {
        try {
            String page = Files.readString(PAGE);
            String table = page.substring(page.indexOf(HEAD) + HEAD.length());
            return Arrays.stream(table.substring(0, table.indexOf("\n\n")).split("\n"))
                    .filter(line -> line.startsWith("| ") && !line.startsWith("|---"))
                    .map(line -> line.substring(2, line.indexOf(" |", 2)))
                    .map(words -> "\\Q" + words.replace("…", "\\E.*\\Q") + "\\E")
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
