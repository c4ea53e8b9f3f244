package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.PlatformException;
import org.jspecify.annotations.Nullable;

/** What a boot tries, on the thread that boots, until it succeeds or its time is over, which begins with this. */
public final class BootTries {

    private final String what;
    private final Duration timeout;
    private final Duration patience;
    private final BootThread thread;
    private final Retry retry;
    private final long started;

    /** It did not succeed this time. */
    public static final class NotYet extends Exception {

        private static final long serialVersionUID = 1L;

        private final String problem;
        private final boolean refused;

        /** A refusal mostly does not pass by itself. */
        public NotYet(String problem, boolean refused, @Nullable Exception cause) {
            super(problem, cause);
            this.problem = problem;
            this.refused = refused;
        }

        private Duration pause(Retry retry) {
            return getCause() instanceof ApiException error ? retry.failed(problem, error) : retry.failed(problem);
        }
    }

    /** Tries once. */
    public interface Attempt<T> {
        /** Blocks until it is known whether it succeeds. */
        T run() throws NotYet, InterruptedException;
    }

    /**
     * What did not happen, if all fails within the time-out; or if it was refused for longer than the patience: roles
     * may come a moment after the pod.
     */
    public BootTries(String what, Duration timeout, Duration patience, BootThread thread) {
        this.what = what;
        this.timeout = timeout;
        this.patience = patience;
        this.thread = thread;
        this.retry = new Retry("boot", thread.random());
        this.started = thread.nanoTime();
    }

    /** When the time is over, by {@link BootThread#nanoTime}. */
    public long deadline() {
        return started + timeout.toNanos();
    }

    /** What an answer says, which is waited for while there is time; for {@link #run}. Blocks. */
    public <T> T await(String what, CompletableFuture<T> answer)
            throws NotYet, ExecutionException, InterruptedException {
        try {
            return thread.await(answer, deadline() - thread.nanoTime());
        } catch (TimeoutException silent) {
            throw new NotYet(what + " was not answered", false, silent);
        }
    }

    /** Tries until it succeeds, or fails with a {@link PlatformException}. Blocks. */
    public <T> T run(Attempt<T> attempt) {
        long goodAt = thread.nanoTime();
        boolean refused = false;
        NotYet told = null;
        try {
            while (true) {
                try {
                    T result = attempt.run();
                    retry.succeeded();
                    return result;
                } catch (NotYet failure) {
                    long now = thread.nanoTime();
                    goodAt = refused && failure.refused ? goodAt : now;
                    refused = failure.refused;
                    // The last try may be cut by the end of the time, which says less than what the one before met.
                    told = told != null && failure.getCause() instanceof TimeoutException ? told : failure;
                    if (refused && now - goodAt > patience.toNanos()) {
                        throw new PlatformException(failure.problem, failure.getCause());
                    }
                    Duration pause = failure.pause(retry);
                    if (now + pause.toNanos() - deadline() > 0) {
                        throw new PlatformException(what + " within " + timeout + ": " + told.problem, told.getCause());
                    }
                    thread.sleep(pause.toNanos());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("the thread was interrupted while it took the pod over", e);
        }
    }
}
