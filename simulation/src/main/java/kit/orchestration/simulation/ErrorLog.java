package kit.orchestration.simulation;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The product's log, of which a simulation wants to know one thing: whether something failed that must not. */
final class ErrorLog {

    /** What the product says to an operator, who is not here. */
    private static final String TO_OPERATORS = "this pod gets no more claims";

    private static final ByteArrayOutputStream SAID = new ByteArrayOutputStream();

    private ErrorLog() {}

    /** To be called before anything else logs. */
    static void begin() {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
        PrintStream seen = System.err;
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> failure.printStackTrace(seen));
        System.setErr(new PrintStream(SAID, true, StandardCharsets.UTF_8));
    }

    /** The first error since the last call. */
    static Optional<String> take() {
        String said = SAID.toString(StandardCharsets.UTF_8);
        SAID.reset();
        return said.lines()
                .filter(line -> line.contains(" ERROR ") && !line.contains(TO_OPERATORS))
                .findFirst();
    }
}
