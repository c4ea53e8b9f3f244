package kit.orchestration.examples.arena.backend.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.EventLine;

/** The JVM of one pod. One thread reads what it says, so that its events are told in the pod's own order. */
public final class PodProcess {

    private static final Duration START = Duration.ofSeconds(60);

    /** What the properties of the log begin with. */
    private static final String LOG = "org.slf4j.simpleLogger.";

    private final String pod;
    private final Process process;
    private final Consumer<Event> events;
    private final CompletableFuture<String> up = new CompletableFuture<>();
    private final Thread reader;
    private boolean gone;

    private PodProcess(String pod, Process process, Consumer<Event> events) {
        this.pod = pod;
        this.process = process;
        this.events = events;
        reader = new Thread(this::read, "arena-pod-" + pod);
        reader.setDaemon(true);
        reader.start();
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

    /** Waits until it is up. Returns where, as {@link PodHost#up} said. */
    public String awaitUp() throws IOException, InterruptedException {
        try {
            return up.get(START.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException(
                    "pod %s ended with %s before it was up".formatted(pod, process.waitFor()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("pod %s was not up within %s".formatted(pod, START), e);
        }
    }

    /** SIGTERM, and SIGKILL if it has not ended in time. Returns when it has, and everything that it said was told. */
    public void terminate(Duration grace) throws InterruptedException {
        process.toHandle().destroy(); // which closes no stream: it is to be heard to its end
        if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
        }
        reader.join();
    }

    /** SIGTERM; does not wait. */
    public void tellToEnd() {
        process.toHandle().destroy(); // which closes no stream: it is to be heard to its end
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hear(line);
            }
        } catch (IOException e) {
            // it ends, as the rest says
        }
        up.completeExceptionally(new IOException("it said nothing more"));
        if (!gone) {
            events.accept(new Event.PodGone(pod)); // without a word: it was killed, or has crashed
        }
    }

    private void hear(String line) {
        if (line.startsWith(PodHost.UP)) {
            up.complete(line.substring(PodHost.UP.length()));
        } else if (line.startsWith(PodHost.EVENT)) {
            Event event = EventLine.parse(line.substring(PodHost.EVENT.length()));
            gone |= event instanceof Event.PodGone; // what its sessions tell may come after it
            events.accept(event);
        }
    }
}
