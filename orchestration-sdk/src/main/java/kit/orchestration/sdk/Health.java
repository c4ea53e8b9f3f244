package kit.orchestration.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the game is healthy: by its check, by its pings, or both. {@link #problem} only reads what is known, so a
 * probe is never blocked by the game.
 *
 * <p>Time is counted in ticks of the scheduler, not read from a clock: a wall clock that jumps makes nobody ill.
 */
final class Health implements AutoCloseable {

    /** How often the check is asked, and the platform told. */
    static final Duration PERIOD = Duration.ofSeconds(1);
    /** A check that has not answered for so many periods hangs. */
    static final int HUNG = 5;
    /** Ticks in a ping's deadline. One more must pass, since the first may come right after the ping. */
    static final int TICKS = 10;

    private static final Logger log = LoggerFactory.getLogger(Health.class);

    private final @Nullable BooleanSupplier check;
    private final Executor checkThread;
    private final @Nullable Duration deadline;
    private final Platform platform;
    private final List<Future<?>> timers = new ArrayList<>();

    /** Why the check's latest answer was no; null if it was yes, or there is none yet. */
    private volatile @Nullable String checkProblem;
    /** Periods since the running check was asked; 0: none is running. */
    private final AtomicInteger asked = new AtomicInteger();
    /** Ticks since the last ping. */
    private final AtomicInteger quiet = new AtomicInteger();

    Health(@Nullable BooleanSupplier check, Executor checkThread, @Nullable Duration deadline, Platform platform) {
        this.check = check;
        this.checkThread = checkThread;
        this.deadline = deadline;
        this.platform = platform;
    }

    void start(Timers scheduler) {
        period();
        timers.add(scheduler.every(PERIOD, this::period));
        if (deadline != null) {
            timers.add(scheduler.every(deadline.dividedBy(TICKS), quiet::incrementAndGet));
        }
    }

    void ping() {
        quiet.set(0);
    }

    /** Why the process is to be ended: its game is not healthy, or its pod another's; in a line. Never blocks. */
    Optional<String> problem() {
        return Optional.ofNullable(gameProblem()).or(platform::lost);
    }

    /** Why a pod that is to be ready gets no claims: that, or the backend does not show it. Never blocks. */
    Optional<String> hindrance() {
        return problem().or(platform::problem);
    }

    boolean gameIsWell() {
        return gameProblem() == null;
    }

    private @Nullable String gameProblem() {
        if (deadline != null && quiet.get() > TICKS) {
            return "the game has not called health() for " + deadline;
        }
        int periods = asked.get();
        if (periods > HUNG) {
            return "the health check has not answered for " + PERIOD.multipliedBy(periods - 1L);
        }
        return checkProblem;
    }

    @Override
    public void close() {
        timers.forEach(timer -> timer.cancel(false));
    }

    private void period() {
        BooleanSupplier current = check;
        if (current != null && asked.getAndUpdate(periods -> periods + 1) == 0) {
            try {
                checkThread.execute(() -> ask(current));
            } catch (RejectedExecutionException e) {
                return; // the server was closed in this moment
            }
        }
        if (problem().isEmpty()) {
            platform.healthy();
        }
    }

    private void ask(BooleanSupplier current) {
        try {
            checkProblem = current.getAsBoolean() ? null : "the health check says no";
        } catch (Throwable e) { // the game's own error is what makes it ill
            String problem = "the health check threw " + e.getClass().getName();
            if (!problem.equals(checkProblem)) { // or the log had a stack trace each second
                log.warn("the health check threw", e);
            }
            checkProblem = problem;
        } finally {
            asked.set(0);
        }
    }
}
