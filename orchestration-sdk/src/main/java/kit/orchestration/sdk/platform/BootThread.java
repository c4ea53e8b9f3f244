package kit.orchestration.sdk.platform;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.lease.Retry;

/** How the thread that boots waits, and by which clock and chance; a simulation has its own. */
public interface BootThread {

    /** By the system's clock. */
    BootThread SYSTEM = new BootThread() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public <T> T await(CompletableFuture<T> answer, long nanos)
                throws InterruptedException, ExecutionException, TimeoutException {
            return answer.get(Math.max(0, nanos), NANOSECONDS);
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            NANOSECONDS.sleep(nanos);
        }

        @Override
        public RandomGenerator random() {
            return Retry.SYSTEM;
        }
    };

    /** A monotonic clock. */
    long nanoTime();

    /** As {@link CompletableFuture#get(long, java.util.concurrent.TimeUnit)}. */
    <T> T await(CompletableFuture<T> answer, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException;

    /** Waits for that long. */
    void sleep(long nanos) throws InterruptedException;

    /** For pauses. */
    RandomGenerator random();
}
