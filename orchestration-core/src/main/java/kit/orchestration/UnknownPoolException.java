package kit.orchestration;

import org.jspecify.annotations.Nullable;

/**
 * The pool was neither declared when the allocator was built nor ever seen with a pod. Most often a misspelt name. A
 * known pool without pods gives {@link NoCapacityException} instead.
 */
public final class UnknownPoolException extends AllocationException {

    private static final long serialVersionUID = 1L;

    /**
     * An error for a pool that nobody knows.
     *
     * @param pool the pool that was asked for
     * @param wayOut what to do, as the backend knows it
     * @param request the request, null if the call was another one
     */
    public UnknownPoolException(String pool, String wayOut, @Nullable AllocateReq request) {
        super("pool \"%s\" is unknown: %s".formatted(pool, wayOut), pool, request, null);
    }
}
