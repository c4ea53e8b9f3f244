package kit.orchestration.examples.arena.backend.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kit.orchestration.examples.arena.record.Event;
import kit.orchestration.examples.arena.record.EventLine;

/** What a pod says, in a {@link PodHost}. One thread reads it, so that its events are told in the pod's own order. */
public final class PodLines {

    /** What is known of how a pod has ended. */
    @FunctionalInterface
    public interface Ending {

        /** For after "ended": with which status, say; or nothing. */
        String tell() throws InterruptedException;
    }

    private static final Duration START = Duration.ofSeconds(60);

    private final String pod;
    private final Consumer<Event> events;
    private final CompletableFuture<String> up = new CompletableFuture<>();
    private final Thread reader;
    private boolean gone;

    /**
     * Reads what a pod says from now on, to its end.
     *
     * @param pod its name in the arena
     * @param events told what it sees
     */
    public PodLines(String pod, InputStream said, Consumer<Event> events) {
        this.pod = pod;
        this.events = events;
        reader = new Thread(() -> read(said), "arena-pod-" + pod);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Waits until it is up. Returns where, as {@link PodHost#up} said.
     *
     * @param ending asked if it has ended
     * @throws IOException if it has ended, or is not up in time
     */
    public String awaitUp(Ending ending) throws IOException, InterruptedException {
        try {
            return up.get(START.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("pod %s ended%s before it was up".formatted(pod, ending.tell()), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("pod %s was not up within %s".formatted(pod, START), e);
        }
    }

    /** Waits until everything that it said was told. */
    public void awaitEnd() throws InterruptedException {
        reader.join();
    }

    private void read(InputStream said) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(said, UTF_8))) {
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
