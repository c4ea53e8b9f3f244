package kit.orchestration.examples.arena;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import kit.orchestration.examples.arena.match.Pace;

/** A run of the command in this JVM, with players who think fast. */
final class Command {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** Returns the exit status. */
    int run(Terminal terminal, String... options) throws InterruptedException {
        PrintStream to = new PrintStream(out, true, UTF_8);
        PrintStream errors = new PrintStream(err, true, UTF_8);
        return new Arena(to, errors, terminal, new Pace(Duration.ofMillis(4))).run(List.of(options));
    }

    /** As {@link #run}, in the language of Egypt, whose digits are others: this JVM's and its pods'. */
    int runInArabic(Terminal terminal, String... options) throws InterruptedException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            return run(terminal, options);
        } finally {
            Locale.setDefault(before);
        }
    }

    String out() {
        return out.toString(UTF_8);
    }

    String err() {
        return err.toString(UTF_8);
    }

    String lastLine() {
        List<String> lines = out().lines().toList();
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }
}
