package kit.orchestration.examples.arena;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Properties;

/**
 * What the output is. A JVM can't tell by itself on every version that we run on, so the script at the root does, by a
 * system property: {@code arena.terminal}, columns by lines.
 *
 * @param columns how wide it is; 0 if it is no terminal
 * @param lines how high it is
 * @param coloured whether it may be coloured
 */
record Terminal(int columns, int lines, boolean coloured) {

    private static final int COLUMNS_NEEDED = 80;
    private static final int LINES_NEEDED = 24;

    /** Reads what the script says; {@code NO_COLOR} is as no-color.org has it. */
    static Terminal of(Properties properties, Map<String, String> environment) {
        String[] size = properties.getProperty("arena.terminal", "").split("x", 2);
        boolean coloured = environment.getOrDefault("NO_COLOR", "").isEmpty();
        boolean said = size.length == 2 && size[0].matches("[0-9]{1,4}") && size[1].matches("[0-9]{1,4}");
        return said
                ? new Terminal(Integer.parseInt(size[0]), Integer.parseInt(size[1]), coloured)
                : new Terminal(0, 0, false);
    }

    /** Whether the grid fits. */
    boolean isLive() {
        return columns >= COLUMNS_NEEDED && lines >= LINES_NEEDED;
    }

    /** The standard output in UTF-8: the grid has marks that the default encoding may not. */
    PrintStream out() {
        return new PrintStream(new FileOutputStream(FileDescriptor.out), false, UTF_8);
    }
}
