package kit.orchestration;

import org.jspecify.annotations.Nullable;

/** The backend failed: unreachable, refusing, too slow. {@link #outcome()} tells what that means for a slot. */
public final class BackendException extends AllocationException {

    private static final long serialVersionUID = 1L;

    private final Outcome outcome;
    private final boolean retryable;

    /** What is known of the write that failed. */
    public enum Outcome {
        /** Nothing was changed. */
        NOT_APPLIED,
        /**
         * The answer is missing, so a slot may have been claimed. No caller has its token, so it is free again when the
         * claim expires at the latest. A retry with the same {@code requestId} gets that very session.
         */
        UNKNOWN
    }

    /**
     * An error of a backend.
     *
     * @param message what failed, and what to do
     * @param pool the pool that was asked for
     * @param request the request, null if the call was another one
     * @param outcome what is known of the write
     * @param retryable whether the same call may succeed later without anybody mending anything
     * @param cause the backend's own error, null if there is none
     */
    public BackendException(
            String message,
            String pool,
            @Nullable AllocateReq request,
            Outcome outcome,
            boolean retryable,
            @Nullable Throwable cause) {
        super(
                "%s (pool \"%s\", outcome %s, %s)"
                        .formatted(message, pool, outcome, retryable ? "may be retried" : "a retry won't help"),
                pool,
                request,
                cause);
        this.outcome = outcome;
        this.retryable = retryable;
    }

    /** What is known of the write that failed. */
    public Outcome outcome() {
        return outcome;
    }

    /** Whether the same call may succeed later without anybody mending anything. */
    public boolean retryable() {
        return retryable;
    }
}
