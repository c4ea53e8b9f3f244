package kit.orchestration.local;

/** A failure on demand, for tests: see {@link LocalAllocator#failNext}. */
public enum LocalFailure {
    /** The next claim is refused: nothing is changed, and a retry may succeed. */
    CLAIM_REFUSED,
    /** The next claim is written, but its answer is lost: the outcome is unknown to the caller. */
    CLAIM_ANSWER_LOST,
    /** The next claim never arrives: nothing is changed, but the outcome is unknown to the caller. */
    CLAIM_NEVER_ARRIVED,
    /** The next release is refused: nothing is changed, and a retry may succeed. */
    RELEASE_REFUSED
}
