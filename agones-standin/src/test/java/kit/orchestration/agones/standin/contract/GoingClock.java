package kit.orchestration.agones.standin.contract;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kit.orchestration.local.ManualClock;

/** A clock that goes with the system's, and that a test can move on besides. */
final class GoingClock implements AutoCloseable {

    private static final long TICK_MILLIS = 2;

    private final ManualClock clock = new ManualClock();
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "contract-clock");
        thread.setDaemon(true);
        return thread;
    });
    /** Only the ticks' thread has it. */
    private long last = System.nanoTime();

    GoingClock() {
        ticks.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    ManualClock clock() {
        return clock;
    }

    void advance(Duration duration) {
        clock.advance(duration);
    }

    @Override
    public void close() {
        ticks.shutdownNow();
    }

    private void tick() {
        long now = System.nanoTime();
        clock.advance(Duration.ofNanos(now - last));
        last = now;
    }
}
