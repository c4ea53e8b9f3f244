package kit.orchestration.agones.standin.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A sidecar's watch of its GameServer. Its lines are read on a thread of its own: a read can't be given up in time. */
final class Watch implements AutoCloseable {

    private final InputStream stream;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Watch(InputStream stream) {
        this.stream = stream;
        Thread reader = new Thread(this::read, "replay-watch");
        reader.setDaemon(true);
        reader.start();
    }

    /** The next line that is so; empty if there is none within the time. */
    Optional<String> next(Predicate<String> condition, Duration within) throws InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        while (true) {
            @Nullable String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                return Optional.empty();
            }
            if (condition.test(line)) {
                return Optional.of(line);
            }
        }
    }

    private void read() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
            for (@Nullable String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // Closed, or cut: whoever waits for a line learns it by there being none.
        }
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
