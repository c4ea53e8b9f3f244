package kit.orchestration.ledger.lease;

import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A task of a {@link Loop} that waits for one time at most: a new one is instead of the one before. Confined to it. */
public final class Alarm {

    private final Loop loop;
    private final Runnable task;
    private @Nullable Future<?> timer;

    /** Set to no time yet. */
    public Alarm(Loop loop, Runnable task) {
        this.loop = loop;
        this.task = task;
    }

    /** Runs the task after so many nanoseconds, and not when it was to run before. */
    public void set(long nanos) {
        off();
        timer = loop.after(Duration.ofNanos(nanos), () -> {
            timer = null;
            task.run();
        });
    }

    /** Forgets it. */
    public void off() {
        Future<?> waiting = timer;
        timer = null;
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    /** Whether it waits for its time. */
    public boolean isSet() {
        return timer != null;
    }
}
