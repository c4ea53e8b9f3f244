package kit.orchestration.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.engine.matching.Matching;
import kit.orchestration.engine.matching.Seeker;
import kit.orchestration.engine.matching.Step;
import org.junit.jupiter.api.Test;

class TurnsTest {

    private final AtomicLong proven = new AtomicLong();
    private final Turns turns =
            new Turns(new Matching(new Pool.Rules(Placement.PACKED, GroupLimit.NONE, 10, 0), new Proofs() {
                @Override
                public long proven() {
                    return proven.get();
                }
            }));

    @Test
    void whatIsProvenIsAskedWhenTheTurnIsTaken() throws Exception {
        Seeker seeker = new Seeker(new Call(AllocateReq.of("duel"), null, null, 1, 0));
        Queue<Step> steps = new ArrayDeque<>();
        turns.take(Matching::listed, 0, steps);
        turns.take(matching -> matching.arrives(seeker), 0, steps);

        whileATurnIsTaken(() -> turns.take(matching -> matching.overdue(seeker), 0, steps), () -> proven.set(-1));
        assertThat(steps).isEmpty(); // in doubt nobody is refused, and nothing can be proven
        proven.set(0);
        turns.take(Matching::look, 0, steps);
        assertThat(steps).singleElement().isInstanceOf(Step.Refuse.class);
    }

    @Test
    void whatATurnThrowsComesOutTheSameWhoeverTakesIt() throws Exception {
        IllegalArgumentException broken = new IllegalArgumentException("broken");
        Runnable turn = () -> turns.take(
                matching -> {
                    throw broken;
                },
                0,
                new ArrayDeque<>());

        assertThatThrownBy(turn::run).isInstanceOf(IllegalStateException.class).hasCause(broken);
        whileATurnIsTaken(
                () -> assertThatThrownBy(turn::run)
                        .isInstanceOf(IllegalStateException.class)
                        .hasCause(broken),
                () -> {});
    }

    /** What is asked for while another thread has its turn, which then does something and ends it. */
    private void whileATurnIsTaken(Runnable asks, Runnable atTheEnd) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> turns.take(
                matching -> {
                    begun.countDown();
                    awaits(asked);
                    atTheEnd.run();
                },
                0,
                new ArrayDeque<>()));
        begun.await();
        Thread second = new Thread(asks);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        second.setUncaughtExceptionHandler((thread, error) -> thrown.complete(error));
        second.start();
        while (second.getState() != Thread.State.WAITING && second.isAlive()) {
            Thread.onSpinWait();
        }
        asked.countDown();
        first.join();
        second.join();
        assertThat(thrown).isNotDone();
    }

    private static void awaits(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
