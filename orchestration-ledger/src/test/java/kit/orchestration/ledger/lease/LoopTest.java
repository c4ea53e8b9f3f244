package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTest {

    private final Loop loop = new Loop("loop-test");
    private final List<String> told = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    void tasks_run_on_its_daemon_thread_in_their_order() {
        for (int i = 0; i < 100; i++) {
            String name = "task " + i;
            loop.execute(() -> told.add(name + " " + Thread.currentThread().getName()
                    + Thread.currentThread().isDaemon()));
        }
        await().until(() -> told.size() == 100);
        assertThat(told).first().isEqualTo("task 0 loop-testtrue");
        assertThat(told).last().isEqualTo("task 99 loop-testtrue");
    }

    @Test
    void what_a_task_throws_harms_no_other() {
        loop.every(Duration.ofMillis(1), () -> {
            told.add("tick");
            throw new AssertionError("an Error");
        });
        loop.execute(() -> {
            throw new StackOverflowError();
        });
        loop.after(Duration.ofMillis(1), () -> {
            throw new IllegalStateException("a bug");
        });
        loop.execute(() -> told.add("next"));

        await().until(() ->
                told.contains("next") && told.stream().filter("tick"::equals).count() > 2);
    }

    @Test
    void what_becomes_of_a_stage_is_taken_in_its_turn_and_not_after_the_close() {
        VirtualTime time = new VirtualTime();
        Loop virtual = time.loop();
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> late = new CompletableFuture<>();
        virtual.whenDone(stage, (value, failure) -> told.add(value + " " + failure));
        virtual.whenDone(late, (value, failure) -> told.add("late"));
        stage.complete("x");
        assertThat(told).isEmpty();
        time.settle();
        virtual.close();
        late.complete("y");

        assertThat(told).containsExactly("x null");
        assertThat(virtual.offer(() -> told.add("late"))).isFalse();
    }

    @Test
    void an_alarm_goes_off_at_the_last_time_that_was_set_and_not_when_it_is_off() {
        VirtualTime time = new VirtualTime();
        Alarm alarm = new Alarm(time.loop(), () -> told.add(time.time().toString()));
        alarm.set(Duration.ofSeconds(1).toNanos());
        alarm.set(Duration.ofSeconds(3).toNanos());
        assertThat(alarm.isSet()).isTrue();
        time.advance(Duration.ofSeconds(9));
        assertThat(alarm.isSet()).isFalse();
        alarm.set(1);
        alarm.off();
        time.advance(Duration.ofSeconds(9));

        assertThat(told).containsExactly("PT3S");
    }

    @Test
    void a_delayed_task_can_be_taken_back() {
        VirtualTime time = new VirtualTime();
        Loop virtual = time.loop();
        virtual.after(Duration.ofSeconds(1), () -> told.add("cancelled")).cancel(false);
        virtual.after(Duration.ofSeconds(2), () -> told.add("due"));
        virtual.every(Duration.ofSeconds(3), () -> told.add("often")).cancel(false);
        time.advance(Duration.ofSeconds(9));

        assertThat(told).containsExactly("due");
        assertThat(virtual.nanoTime()).isEqualTo(time.nanoTime());
    }

    @Test
    void after_the_close_a_task_is_refused_so_that_no_future_hangs() {
        loop.close();

        assertThatThrownBy(() -> loop.execute(() -> told.add("late"))).isInstanceOf(RejectedExecutionException.class);
        assertThat(CompletableFuture.completedFuture("x").thenApplyAsync(text -> text, loop))
                .isCompletedExceptionally();
        assertThat(loop.after(Duration.ZERO, () -> told.add("late"))).isDone();
        assertThat(loop.every(Duration.ofMillis(1), () -> told.add("late"))).isDone();
        loop.close();
        assertThat(told).isEmpty();
    }

    @Test
    void a_close_runs_what_waits_for_its_turn_and_drops_what_waits_for_its_time() throws InterruptedException {
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch running = new CountDownLatch(1);
        loop.execute(() -> {
            running.countDown();
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        loop.after(Duration.ofMinutes(1), () -> told.add("delayed"));
        loop.every(Duration.ofMillis(1), () -> told.add("periodic"));
        running.await();
        loop.execute(() -> told.add("queued"));
        Thread closer = new Thread(loop::close);
        closer.start();
        await().until(() -> loop.after(Duration.ofMinutes(1), () -> {}).isDone());
        closing.countDown();
        closer.join();

        await().until(() -> told.contains("queued"));
        assertThat(told).doesNotContain("delayed");
    }
}
