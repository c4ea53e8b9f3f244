package kit.orchestration.local;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Time stands still until it is moved; then everything happens in order, each at its own time. */
class ManualClockTest {

    private final ManualClock clock = new ManualClock(Instant.EPOCH);
    private final ScheduledExecutorService scheduler = clock.scheduler();
    private final List<String> done = new ArrayList<>();

    private Runnable note(String name) {
        return () -> done.add(name + " at " + clock.instant().toEpochMilli());
    }

    @Test
    void tasksRunInOrderAtTheirOwnTime() {
        scheduler.schedule(note("late"), 300, MILLISECONDS);
        scheduler.schedule(note("early"), 100, MILLISECONDS);
        scheduler.schedule(note("early too"), 100, MILLISECONDS);
        scheduler.schedule(note("never"), 301, MILLISECONDS);
        assertThat(done).isEmpty();

        clock.advance(Duration.ofMillis(99));
        assertThat(done).isEmpty();
        clock.advance(Duration.ofMillis(201));

        assertThat(done).containsExactly("early at 100", "early too at 100", "late at 300");
        assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(300));
        assertThat(clock.nanoTime()).isEqualTo(MILLISECONDS.toNanos(300));
    }

    @Test
    void whatATaskSchedulesRunsTooIfItBecomesDue() {
        scheduler.schedule(() -> scheduler.schedule(note("second"), 10, MILLISECONDS), 10, MILLISECONDS);
        clock.advance(Duration.ofMillis(100));
        assertThat(done).containsExactly("second at 20");
    }

    @Test
    void whatIsDueAlreadyRunsAtTheNextAdvance() {
        scheduler.schedule(note("now"), 0, MILLISECONDS);
        scheduler.schedule(note("past"), -5, SECONDS);
        assertThat(done).isEmpty();
        clock.advance(Duration.ZERO);
        assertThat(done).containsExactly("now at 0", "past at 0");
    }

    @Test
    void periodicTasksRunOnceForEachPeriod() {
        ScheduledFuture<?> rate = scheduler.scheduleAtFixedRate(note("rate"), 10, 20, MILLISECONDS);
        ScheduledFuture<?> delay = scheduler.scheduleWithFixedDelay(note("delay"), 15, 20, MILLISECONDS);
        clock.advance(Duration.ofMillis(50));
        assertThat(done).containsExactly("rate at 10", "delay at 15", "rate at 30", "delay at 35", "rate at 50");
        rate.cancel(false);
        delay.cancel(false);
        clock.advance(Duration.ofHours(1));
        assertThat(done).hasSize(5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scheduler.scheduleAtFixedRate(note("x"), 0, 0, SECONDS))
                .withMessageContaining("period");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scheduler.scheduleWithFixedDelay(note("x"), 0, -1, SECONDS))
                .withMessageContaining("period");
    }

    @Test
    void aCancelledTaskDoesNotRun() {
        Future<?> task = scheduler.schedule(note("cancelled"), 1, SECONDS);
        assertThat(task.cancel(false)).isTrue();
        clock.advance(Duration.ofHours(1));
        assertThat(done).isEmpty();
        assertThat(task).isCancelled();
    }

    @Test
    void aTaskThatThrowsHarmsNoOther() throws Exception {
        Future<?> failing = scheduler.schedule(
                () -> {
                    throw new IllegalStateException("on purpose");
                },
                1,
                SECONDS);
        Future<String> answer = scheduler.schedule(() -> "answer", 1, SECONDS);
        clock.advance(Duration.ofSeconds(1));
        assertThat(answer.get()).isEqualTo("answer");
        assertThatThrownBy(failing::get).hasRootCauseMessage("on purpose");
    }

    @Test
    void aTaskForTheEndOfTimeIsNotDueAtOnce() {
        ScheduledFuture<?> last = scheduler.schedule(note("last"), Long.MAX_VALUE, SECONDS);
        clock.advance(Duration.ofDays(365));
        ScheduledFuture<?> alsoLast = scheduler.schedule(note("last"), Long.MAX_VALUE, HOURS);
        clock.advance(Duration.ofDays(365));
        assertThat(done).isEmpty();
        assertThat(last.getDelay(SECONDS)).isPositive();
        assertThat(alsoLast.getDelay(SECONDS)).isPositive();
    }

    @Test
    void theClockDoesNotGoBack() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> clock.advance(Duration.ofNanos(-1)))
                .withMessageContaining("does not go back");
        assertThatNullPointerException().isThrownBy(() -> clock.advance(null)).withMessageContaining("duration");
        assertThatNullPointerException().isThrownBy(() -> new ManualClock(null)).withMessageContaining("start");
        clock.advance(Duration.ofDays(365 * 200L));
        assertThatThrownBy(() -> clock.advance(Duration.ofDays(365 * 200L))).isInstanceOf(ArithmeticException.class);
        assertThat(clock.nanoTime()).isPositive();
    }

    @Test
    void afterShutdownNothingRunsAndNothingIsTaken() throws Exception {
        scheduler.schedule(note("never"), 1, SECONDS);
        assertThat(scheduler.shutdownNow()).hasSize(1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(done).isEmpty();
        assertThat(scheduler.isShutdown()).isTrue();
        assertThat(scheduler.isTerminated()).isTrue();
        assertThat(scheduler.awaitTermination(0, SECONDS)).isTrue();
        assertThatThrownBy(() -> scheduler.schedule(note("x"), 1, SECONDS))
                .isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void whatIsExecutedRunsOnTheCallersThread() throws Exception {
        Thread caller = Thread.currentThread();
        assertThat(scheduler.submit(Thread::currentThread).get()).isSameAs(caller);
    }

    @Test
    void twoThatMoveTheTimeMoveItByBoth() throws Exception {
        Thread second = new Thread(() -> clock.advance(Duration.ofMillis(10)));
        scheduler.schedule(
                () -> {
                    second.start();
                    Awaitility.await().until(() -> second.getState() == Thread.State.WAITING || !second.isAlive());
                    note("first").run();
                },
                5,
                MILLISECONDS);
        scheduler.schedule(note("second"), 15, MILLISECONDS);
        clock.advance(Duration.ofMillis(10));
        second.join();

        assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(20));
        assertThat(done).containsExactly("first at 5", "second at 15");
    }

    @Test
    void aTaskMayMoveTheTimeItself() {
        scheduler.schedule(() -> clock.advance(Duration.ofMillis(3)), 5, MILLISECONDS);
        scheduler.schedule(note("within"), 8, MILLISECONDS);
        clock.advance(Duration.ofMillis(10));
        assertThat(done).containsExactly("within at 8");
        assertThat(clock.instant()).isEqualTo(Instant.ofEpochMilli(10));
    }
}
