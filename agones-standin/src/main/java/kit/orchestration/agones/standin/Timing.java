package kit.orchestration.agones.standin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;

/**
 * How long things take and how often they go wrong; {@code timing.properties} says where each number is from.
 *
 * @param batchWait how long the allocator waits for calls to gather
 * @param batchRefresh after how many calls of a batch the servers are looked at anew
 * @param workers writes of the allocator at a time
 * @param tries of an update
 * @param retry wait between them
 * @param write what one write takes of the API server's time
 * @param writeValue and each value that it adds
 * @param flush from a sidecar's answer to its write
 * @param viewMin the least time from a write to the news of it
 * @param viewMax the most
 * @param latePercent how many of a sidecar's news are late
 * @param late by how much
 * @param lostPercent how many updates are lost
 * @param contentionPercent how many calls lose a race
 */
record Timing(
        Duration batchWait,
        int batchRefresh,
        int workers,
        int tries,
        Duration retry,
        Duration write,
        Duration writeValue,
        Duration flush,
        Duration viewMin,
        Duration viewMax,
        int latePercent,
        Duration late,
        int lostPercent,
        int contentionPercent) {

    /** What was measured. */
    static Timing measured() {
        Properties file = new Properties();
        try (InputStream in = Timing.class.getResourceAsStream("timing.properties")) {
            file.load(Objects.requireNonNull(in, "timing.properties must be beside Timing.class"));
        } catch (IOException e) {
            throw new UncheckedIOException("timing.properties can't be read", e);
        }
        return new Timing(
                Duration.ofMillis(number(file, "batch.wait.ms")),
                number(file, "batch.refresh"),
                number(file, "allocation.workers"),
                number(file, "allocation.tries"),
                Duration.ofMillis(number(file, "allocation.retry.ms")),
                micros(number(file, "write.micros")),
                micros(number(file, "write.value.micros")),
                Duration.ofMillis(number(file, "flush.ms")),
                Duration.ofMillis(number(file, "view.min.ms")),
                Duration.ofMillis(number(file, "view.max.ms")),
                number(file, "watch.late.percent"),
                Duration.ofMillis(number(file, "watch.late.ms")),
                number(file, "lost.updates.percent"),
                number(file, "contention.percent"));
    }

    /**
     * With another batch wait and another time from a sidecar's answer to its write, and with cheaper or dearer writes.
     */
    Timing with(Duration batchWait, Duration flush, Duration write, Duration writeValue) {
        return new Timing(
                batchWait,
                batchRefresh,
                workers,
                tries,
                retry,
                write,
                writeValue,
                flush,
                viewMin,
                viewMax,
                latePercent,
                late,
                lostPercent,
                contentionPercent);
    }

    private static Duration micros(int micros) {
        return Duration.ofNanos(micros * 1_000L);
    }

    private static int number(Properties file, String key) {
        String text = file.getProperty(key);
        if (text == null) {
            throw new IllegalStateException("timing.properties must have %s".formatted(key));
        }
        return Integer.parseInt(text.strip());
    }
}
