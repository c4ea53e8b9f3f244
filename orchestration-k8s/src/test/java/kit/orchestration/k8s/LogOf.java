package kit.orchestration.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;

/** What a program says in its log, which is off in the process of the tests. */
public final class LogOf {

    private LogOf() {}

    /** Runs a program that ends by itself, without a fault; blocks for as long. */
    public static String main(Class<?> program) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .start();
        String log = new String(process.getErrorStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(log);
        }
        return log;
    }
}
