package kit.orchestration;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why an allocator could not do what it was asked. Its five kinds are all there are, so a {@code switch} over them can
 * be complete.
 */
public abstract sealed class AllocationException extends RuntimeException
        permits AllocatorClosedException,
                BackendException,
                NoCapacityException,
                RequestConflictException,
                UnknownPoolException {

    private static final long serialVersionUID = 1L;

    private final String pool;
    private final transient @Nullable AllocateReq request;

    AllocationException(String message, String pool, @Nullable AllocateReq request, @Nullable Throwable cause) {
        super(message, cause);
        this.pool = pool;
        this.request = request;
    }

    /** The pool that was asked for. */
    public String pool() {
        return pool;
    }

    /** The request that failed; empty if the call was not an allocation, or after serialization. */
    public Optional<AllocateReq> request() {
        return Optional.ofNullable(request);
    }
}
