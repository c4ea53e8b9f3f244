package kit.orchestration.k8s.view;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Counts the writes under way, so that a close can wait for them. Safe for any thread. */
public final class Writes {

    /** The allocator itself is a party until it closes. */
    private final Phaser parties = new Phaser(1);

    /** A write is under way until this future is done; false if no more are begun. */
    public boolean begin(CompletableFuture<?> end) {
        if (parties.register() < 0) {
            return false;
        }
        end.whenComplete((done, failure) -> parties.arriveAndDeregister());
        return true;
    }

    /** Waits until none is under way; until then some may begin, and none after that. False if that takes longer, or this thread is interrupted. */
    public boolean end(Duration atMost) {
        try {
            parties.awaitAdvanceInterruptibly(parties.arriveAndDeregister(), atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
