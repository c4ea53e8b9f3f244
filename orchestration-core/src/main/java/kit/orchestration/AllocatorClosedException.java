package kit.orchestration;

import org.jspecify.annotations.Nullable;

/** The allocator is closed, before the call or while it waited. No slot is held for the caller. */
public final class AllocatorClosedException extends AllocationException {

    private static final long serialVersionUID = 1L;

    /**
     * An error for a call on a closed allocator.
     *
     * @param pool the pool that was asked for
     * @param request the request, null if the call was another one
     */
    public AllocatorClosedException(String pool, @Nullable AllocateReq request) {
        super("the allocator is closed; pool was \"%s\"".formatted(pool), pool, request, null);
    }
}
