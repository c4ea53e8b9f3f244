package kit.orchestration;

import java.time.Duration;

/**
 * No eligible pod had room within the request's {@code maxWait}. It is said only of pods that were seen to be full or out
 * of the question: a lost race is never "no capacity". Wait longer, ask for less in the selectors, or add pods:
 * {@link #pods()} tells which.
 */
public final class NoCapacityException extends AllocationException {

    private static final long serialVersionUID = 1L;

    private final PodCounts pods;
    private final Duration waited;

    /**
     * The pods of the pool when the request was refused; each is counted once, by the first reason that held.
     *
     * @param seen all pods of the pool
     * @param notMatching those without the selectors' labels
     * @param notReady those that match, but are not ready
     * @param draining those that match, but drain or terminate
     * @param full those that match and are ready, but have no slot free
     */
    public record PodCounts(int seen, int notMatching, int notReady, int draining, int full)
            implements java.io.Serializable {}

    /**
     * An error for a request that found no room.
     *
     * @param request the request
     * @param pods what was seen
     * @param waited how long it waited
     * @param note what else there is to say, such as why it did not wait longer; empty for nothing
     */
    public NoCapacityException(AllocateReq request, PodCounts pods, Duration waited, String note) {
        super(
                ("no room in pool \"%s\" within %d ms: of %d pods %d don't match the selectors %s, %d are not ready,"
                                + " %d are draining, %d are full%s")
                        .formatted(
                                request.pool(),
                                waited.toMillis(),
                                pods.seen,
                                pods.notMatching,
                                request.selectors(),
                                pods.notReady,
                                pods.draining,
                                pods.full,
                                note.isEmpty() ? "" : "; " + note),
                request.pool(),
                request,
                null);
        this.pods = pods;
        this.waited = waited;
    }

    /** The pods that were seen, by why they could not take the session. */
    public PodCounts pods() {
        return pods;
    }

    /** How long the request waited for room. */
    public Duration waited() {
        return waited;
    }
}
