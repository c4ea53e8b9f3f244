package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThreadsTest {

    private final ManualTime time = new ManualTime();
    private final List<String> ran = new ArrayList<>();

    /** The scheduler may be gone by then, which is no news to whoever has closed the server. */
    @Test
    void what_comes_after_the_close_is_not_timed() {
        Threads threads = new Threads(Runnable::run, time);
        threads.timers().after(Duration.ofSeconds(1), () -> ran.add("before"));
        threads.close(Duration.ZERO);
        assertThat(threads.timers().after(Duration.ofSeconds(1), () -> ran.add("after")))
                .isDone();
        time.advance(Duration.ofSeconds(2));

        assertThat(ran).containsExactly("before");
    }

    /** An executor that was shut down would be said to have lost callbacks. */
    @Test
    void a_gate_alone_is_nothing_for_the_executor() {
        Callbacks callbacks = new Callbacks(task -> ran.add("task"));
        Callbacks.Gate gate = callbacks.gate();
        callbacks.flush();
        gate.open();
        callbacks.flush();
        assertThat(ran).isEmpty();

        Callbacks.Gate another = callbacks.gate();
        callbacks.add(() -> {});
        callbacks.flush();
        assertThat(ran).isEmpty();
        another.open();
        callbacks.flush();
        assertThat(ran).containsExactly("task");
    }
}
