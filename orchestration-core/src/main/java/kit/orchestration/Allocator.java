package kit.orchestration;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Hands out slots of pods. One per process is enough: it is safe for any number of threads, virtual ones too. Several
 * processes may allocate from the same pools; they need not know of each other.
 *
 * <p>Actions before a call of {@link #allocate} happen-before what the pod does on hearing of the claim, and what
 * another thread does with a slot happens-before its next claim is returned.
 */
public interface Allocator extends AutoCloseable {

    /** Which pod a session goes to when several have room. */
    enum Placement {
        /** The fullest pod with room, so that as few pods as possible are in use. The default. */
        PACKED,
        /** The emptiest pod, so that load is even. */
        SPREAD
    }

    /**
     * Claims a slot. Blocks until there is one, at most {@code maxWait} plus the allocator's call time-out (5 s unless
     * set); with room in an in-process backend it does not block.
     *
     * @return the claim; it is this caller's until its session has ended, it is released, or nobody has started it
     *     within {@code claimTtl}
     * @throws NoCapacityException if no eligible pod had room within {@code maxWait}, or more requests wait than the
     *     allocator keeps and this is the least urgent of them
     * @throws UnknownPoolException if the pool was neither declared nor ever seen
     * @throws RequestConflictException if the {@code requestId} names a live session of a request with other contents
     * @throws BackendException if the backend failed; it says whether a retry is safe and sensible
     * @throws AllocatorClosedException if the allocator is closed, before the call or during it
     * @throws InterruptedException if the thread was interrupted; no slot is held for it then
     */
    Allocation allocate(AllocateReq req) throws InterruptedException;

    /**
     * As {@link #allocate}, without blocking. The future is completed on the allocator's executor, never on a thread
     * that watches the backend or holds a lock; what depends on it should not block there, or give an executor of its
     * own.
     *
     * <p>If somebody else completes this very future first, the slot is given back: {@code cancel}, {@code orTimeout},
     * {@code completeOnTimeout} and {@code complete} on it do so. What only stops waiting leaves the request under way,
     * and its slot claimed: {@code get(timeout)} that threw, and the cancelling or timing out of a stage that depends
     * on this one, such as what {@code thenApply} or {@code copy} gave. Cancel this future then, and release its
     * allocation if that comes too late:
     *
     * <pre>{@code
     * CompletableFuture<Allocation> future = allocator.allocateAsync(req);
     * try {
     *     return future.get(3, TimeUnit.SECONDS);
     * } catch (TimeoutException tooLong) {
     *     if (!future.cancel(true) && !future.isCompletedExceptionally()) {
     *         allocator.releaseAsync(future.join());
     *     }
     *     throw tooLong;
     * }
     * }</pre>
     *
     * @return a future of the claim, failing with what {@link #allocate} throws
     */
    CompletableFuture<Allocation> allocateAsync(AllocateReq req);

    /**
     * Ends a session from outside: at once if nobody has started it; a running one is told {@code revoked}, and its
     * slot is free when the pod has closed it. Does nothing if no such session lives, so it can be repeated. May block
     * for one call to the backend, at most the call time-out; not interruptible.
     *
     * @param pool the pool of the session
     * @param sessionId the session's id
     * @throws UnknownPoolException if the pool was neither declared nor ever seen
     * @throws BackendException if the backend failed: release again
     * @throws AllocatorClosedException if the allocator is closed
     */
    void release(String pool, String sessionId);

    /** {@link #release(String, String)} of an allocation. */
    default void release(Allocation allocation) {
        Objects.requireNonNull(allocation, "allocation must not be null");
        release(allocation.pool(), allocation.sessionId());
    }

    /**
     * As {@link #release(String, String)}, without blocking. The future is completed on the allocator's executor,
     * within the call time-out; cancelling it does not take the release back.
     *
     * @return a future that fails with what {@link #release(String, String)} throws of {@link AllocationException}s
     */
    CompletableFuture<Void> releaseAsync(String pool, String sessionId);

    /** {@link #releaseAsync(String, String)} of an allocation. */
    default CompletableFuture<Void> releaseAsync(Allocation allocation) {
        Objects.requireNonNull(allocation, "allocation must not be null");
        return releaseAsync(allocation.pool(), allocation.sessionId());
    }

    /**
     * What this allocator knows of a pool. Does not block.
     *
     * @throws UnknownPoolException if the pool was neither declared nor ever seen
     * @throws AllocatorClosedException if the allocator is closed
     */
    PoolStatus status(String pool);

    /**
     * Ends this allocator, not the sessions: those that were handed out live on. Requests that wait fail with
     * {@link AllocatorClosedException}. Closing again does nothing.
     */
    @Override
    void close();
}
