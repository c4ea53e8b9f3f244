package kit.orchestration.engine;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import org.jspecify.annotations.Nullable;

/** Makes what a caller is told of what went wrong: an {@link AllocationException}, whatever was thrown. */
final class Failures {

    private Failures() {}

    /** Why a request got no slot; {@code closed} if the allocator is by now. */
    static AllocationException ofCall(AllocateReq request, @Nullable Throwable error, boolean closed) {
        Throwable cause = unwrapped(error);
        if (closed && cause instanceof RejectedExecutionException) { // of a thread that ended meanwhile
            return new AllocatorClosedException(request.pool(), request);
        }
        return cause instanceof AllocationException known
                ? known
                : new BackendException(
                        "the allocator failed with " + cause + "; please report this",
                        request.pool(),
                        request,
                        Outcome.UNKNOWN,
                        false,
                        cause);
    }

    /** Why a session may not have been ended. */
    static AllocationException ofRelease(String pool, Throwable error) {
        Throwable cause = unwrapped(error);
        return cause instanceof AllocationException known
                ? known
                : new BackendException(
                        "the release may not have been written; release again",
                        pool,
                        null,
                        Outcome.UNKNOWN,
                        true,
                        cause);
    }

    /**
     * The error, to be thrown here: it was made on another thread, such as a timer's, and its trace would not show who
     * called. What it was made from is in its cause. An error belongs to one call, so nobody else reads the trace.
     */
    static AllocationException here(AllocationException error) {
        error.fillInStackTrace();
        return error;
    }

    /** What a dependent stage or a {@code get} has wrapped. */
    private static @Nullable Throwable unwrapped(@Nullable Throwable error) {
        Throwable inner = error;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }
}
