package kit.orchestration.k8s.view;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the writes under way, so that a close can wait for them. Safe for any thread. */
public final class Writes {

    /** Those under way, and the allocator itself until it closes. */
    private final AtomicLong count = new AtomicLong(1);

    private final CompletableFuture<Void> none = new CompletableFuture<>();

    /** A write is under way until this future is done; false if no more are begun. */
    public boolean begin(CompletableFuture<?> end) {
        if (count.getAndUpdate(now -> now == 0 ? 0 : now + 1) == 0) {
            return false;
        }
        end.whenComplete((done, failure) -> ended());
        return true;
    }

    private void ended() {
        if (count.decrementAndGet() == 0) {
            none.complete(null);
        }
    }

    /**
     * Waits until none is under way; until then some may begin, and none after that. To be called once.
     *
     * @return false if that takes longer, or this thread is interrupted
     */
    public boolean end(Duration atMost) {
        ended();
        try {
            none.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException late) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
