package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.UnknownPoolException;
import org.junit.jupiter.api.Test;

/** Releases end in time, with what the caller can act on, and on the caller's executor. */
class ReleaseCallsTest {

    private final TestPool test = new TestPool(GroupLimit.NONE);
    private final List<Runnable> tasks = new ArrayList<>();
    private final TestAllocator allocator =
            new TestAllocator(test.pool, test.time.timing(), tasks::add, AllocatorListener.NONE);
    private final CompletableFuture<Void> answer = new CompletableFuture<>();

    @Test
    void theFutureIsCompletedOnTheExecutor() {
        allocator.releaser = sessionId -> answer;
        CompletableFuture<Void> result = allocator.engine.releaseAsync("duel", "s1");
        answer.complete(null);
        assertThat(result).isNotDone();
        tasks.forEach(Runnable::run);

        assertThat(result).isCompleted();
        assertThat(test.time.timers()).isZero();
    }

    @Test
    void aReleaseInAProcessWhoseExecutorIsTheCallersThreadDoesNotWaitForIt() {
        allocator.engine.release("duel", "s1");
        assertThat(tasks).isEmpty();
    }

    @Test
    void aReleaseThatTheBackendHasCancelledIsNoBareCancellation() {
        allocator.releaser = sessionId -> answer;
        answer.cancel(true);

        assertThatThrownBy(() -> allocator.engine.release("duel", "s1"))
                .isInstanceOfSatisfying(
                        BackendException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN));
    }

    @Test
    void withoutAnAnswerItEndsAtTheCallTimeout() {
        allocator.releaser = sessionId -> answer;
        CompletableFuture<Void> result = allocator.engine.releaseAsync("duel", "s1");
        test.time.advance(TestAllocator.CALL_TIMEOUT.minusNanos(1));
        assertThat(tasks).isEmpty();
        test.time.advance(Duration.ofNanos(1));
        tasks.forEach(Runnable::run);

        assertThat(errorOf(result)).isInstanceOfSatisfying(BackendException.class, error -> {
            assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(error.retryable()).isTrue();
            assertThat(error).hasCauseInstanceOf(TimeoutException.class);
        });
    }

    @Test
    void whatGoesWrongIsTold() {
        UnknownPoolException unknown = new UnknownPoolException("duel", "declare it", null);
        allocator.releaser = sessionId -> CompletableFuture.failedStage(new CompletionException(unknown));
        assertThatThrownBy(() -> allocator.engine.release("duel", "s1")).isSameAs(unknown);

        for (Throwable thrown : List.of(new IllegalStateException("broken"), new StackOverflowError("broken"))) {
            allocator.releaser = sessionId -> {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            };
            assertThatThrownBy(() -> allocator.engine.release("duel", "s1"))
                    .isInstanceOf(BackendException.class)
                    .hasCause(thrown);
        }
    }

    @Test
    void anErrorThatAnotherThreadMadeShowsWhoCalled() {
        allocator.releaser = sessionId -> answer;
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(this::releasesAndWaits);
        await().until(() -> test.time.timers() == 1);
        test.time.advance(TestAllocator.CALL_TIMEOUT);

        assertThat(thrown.join().getStackTrace())
                .extracting(StackTraceElement::getMethodName)
                .contains("releasesAndWaits");
    }

    @Test
    void aReleaseIsNotInterrupted() {
        allocator.releaser = sessionId -> answer;
        CompletableFuture<Boolean> interrupted = CompletableFuture.supplyAsync(() -> {
            Thread.currentThread().interrupt();
            allocator.engine.release("duel", "s1");
            return Thread.interrupted();
        });
        await().until(() -> test.time.timers() == 1);
        answer.complete(null);

        assertThat(interrupted.join()).isTrue();
    }

    @Test
    void closeEndsReleasesThatWait() {
        allocator.releaser = sessionId -> answer;
        CompletableFuture<Void> underWay = allocator.engine.releaseAsync("duel", "s1");
        allocator.engine.close();
        tasks.forEach(Runnable::run);
        CompletableFuture<Void> later = allocator.engine.releaseAsync("duel", "s1");
        tasks.forEach(Runnable::run);

        assertThat(Arrays.asList(underWay, later))
                .allSatisfy(result -> assertThat(errorOf(result))
                        .isInstanceOfSatisfying(
                                AllocatorClosedException.class,
                                error -> assertThat(error.pool()).isEqualTo("duel")));
        assertThatThrownBy(() -> allocator.engine.release("duel", "s1")).isInstanceOf(AllocatorClosedException.class);
        assertThat(test.time.timers()).isZero();
    }

    @Test
    void mistakesAreThrownAtOnce() {
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.engine.releaseAsync(null, "s1"))
                .withMessage("pool must not be null");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.engine.releaseAsync("duel", null))
                .withMessage("sessionId must not be null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocator.engine.releaseAsync("Eu West", "s1"))
                .withMessageContaining("pool must be a DNS label");
    }

    private Throwable releasesAndWaits() {
        try {
            allocator.engine.release("duel", "s1");
            return new AssertionError("released");
        } catch (AllocationException error) {
            return error;
        }
    }

    private static Throwable errorOf(CompletableFuture<?> result) {
        assertThat(result).isCompletedExceptionally();
        try {
            return new AssertionError("succeeded: " + result.join());
        } catch (CompletionException failed) {
            return failed.getCause();
        }
    }
}
