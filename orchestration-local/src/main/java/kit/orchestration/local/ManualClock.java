package kit.orchestration.local;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Time that stands still until a test moves it, for {@link LocalAllocatorBuilder#clock}: the allocator, the pods that
 * are added to it, and the game servers in them go by it. Safe for any number of threads.
 *
 * <pre>{@code
 * ManualClock clock = new ManualClock();
 * LocalAllocator allocator = LocalAllocator.builder().clock(clock).build();
 * allocator.addPod("duel", pod);
 * GameServer server = GameServer.builder().platform(pod.platform()).start();
 * clock.advance(Duration.ofMinutes(1)); // claims whose player did not come have expired now
 * }</pre>
 *
 * <p>A call that waits, waits for this clock: in a test of one thread call {@code allocateAsync}, then
 * {@link #advance}.
 */
public final class ManualClock implements InstantSource {

    private final ManualScheduler scheduler;
    private final Instant start;

    /** A clock that stands at an arbitrary whole second. */
    public ManualClock() {
        this(Instant.parse("2030-01-01T00:00:00Z"));
    }

    /** A clock that stands at this time. */
    public ManualClock(Instant start) {
        this.start = Objects.requireNonNull(start, "start must not be null");
        this.scheduler = new ManualScheduler();
    }

    /** The time it stands at. */
    @Override
    public Instant instant() {
        return start.plusNanos(scheduler.nanoTime());
    }

    /** Nanoseconds since the clock was made. */
    public long nanoTime() {
        return scheduler.nanoTime();
    }

    /**
     * A scheduler that goes by this clock: what becomes due is run by {@link #advance}. What it is given to execute at
     * once it runs on the caller's thread.
     */
    public ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /**
     * Moves the time on, and runs what becomes due, in order and on this thread, each task at its own time; also what
     * those tasks schedule, as far as it becomes due. A task may move the time itself; another thread that does so
     * meanwhile moves it after this call, and waits until then.
     *
     * @throws IllegalArgumentException if the duration is negative
     * @throws ArithmeticException if the clock would stand more than 292 years after its start
     */
    public void advance(Duration duration) {
        Objects.requireNonNull(duration, "duration must not be null");
        if (duration.isNegative()) {
            throw new IllegalArgumentException("a clock does not go back, was asked for %s".formatted(duration));
        }
        scheduler.advance(duration.toNanos());
    }
}
