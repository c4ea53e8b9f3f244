package kit.orchestration.examples.arena.backend.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import kit.orchestration.examples.arena.record.Event;

/** The JVM of one pod. */
public final class PodProcess {

    /** What the properties of the log begin with. */
    private static final String LOG = "org.slf4j.simpleLogger.";

    private final Process process;
    private final PodLines lines;

    private PodProcess(String pod, Process process, Consumer<Event> events) {
        this.process = process;
        lines = new PodLines(pod, process.getInputStream(), events);
    }

    /**
     * Starts it. What it logs goes to this process's standard error.
     *
     * @param pod its name in the arena
     * @param main what it runs, in a {@link PodHost}
     * @param environment added to this process's
     * @param events told what it sees
     */
    public static PodProcess start(String pod, Class<?> main, Map<String, String> environment, Consumer<Event> events)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", // else newer JDKs warn of the provider that checks signatures
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx64m",
                "-Duser.language=" + Locale.getDefault().getLanguage(), // it speaks this process's language
                "-Duser.country=" + Locale.getDefault().getCountry(),
                "-D" + LOG + "defaultLogLevel=warn"));
        // What is logged here is logged there.
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(LOG))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put(PodHost.NAME, pod);
        builder.environment().putAll(environment);
        return new PodProcess(pod, builder.start(), events);
    }

    /** As {@link PodLines#awaitUp}. */
    public String awaitUp() throws IOException, InterruptedException {
        return lines.awaitUp(() -> " with " + process.waitFor());
    }

    /** SIGTERM, and SIGKILL if it has not ended in time. Returns when it has, and everything that it said was told. */
    public void terminate(Duration grace) throws InterruptedException {
        process.toHandle().destroy(); // which closes no stream: it is to be heard to its end
        if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
        }
        lines.awaitEnd();
    }

    /** SIGTERM; does not wait. */
    public void tellToEnd() {
        process.toHandle().destroy(); // which closes no stream: it is to be heard to its end
    }
}
