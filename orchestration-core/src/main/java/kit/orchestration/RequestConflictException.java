package kit.orchestration;

/**
 * The request's {@code requestId} names a live session whose request had other contents (another priority, other
 * selectors, annotations or {@code claimTtl}). A retry must repeat the request as it was; a new request needs a new id.
 */
public final class RequestConflictException extends AllocationException {

    private static final long serialVersionUID = 1L;

    /**
     * An error for a request id that is used twice.
     *
     * @param request the later request
     */
    public RequestConflictException(AllocateReq request) {
        super(
                ("requestId \"%s\" names a live session in pool \"%s\" whose request had other contents (selectors,"
                                + " priority, annotations or claimTtl; maxWait may differ):"
                                + " repeat that request unchanged, or take a new id")
                        .formatted(request.requestId(), request.pool()),
                request.pool(),
                request,
                null);
    }
}
