package kit.orchestration.agones.standin;

/**
 * What Agones does and nobody would wish for; each can be switched off. The files are those of Agones 1.57's source.
 */
public enum Vice {

    /**
     * A server that was chosen is hidden until it is written, and from the rest of its batch, so that
     * RESOURCE_EXHAUSTED is often false: pkg/gameserverallocations/allocator.go takes it off the batch's list and out
     * of the cache. Measured: up to 83 % of lookups refused while claims run. Without it, calls are served one after
     * the other.
     */
    BATCH_DROPS,

    /**
     * Values beyond a list's capacity are cut, and those that are there already left out, in silence:
     * pkg/apis/agones/v1/gameserver.go. Without it a server counts only if all fit.
     */
    SILENT_TRUNCATION,

    /**
     * Now and then a call fails with UNKNOWN and 'could not update the selected GameServer', after five tries:
     * pkg/gameserverallocations/allocator.go. Without it only true conflicts do so.
     */
    LOST_UPDATES,

    /**
     * The sidecar learns of writes up to 25 ms later, one in fifty much later: a player can be faster. Measured; the
     * informer of pkg/sdkserver/sdkserver.go is what it waits for. Without it the sidecar knows at once.
     */
    LATE_WATCHES,

    /**
     * A bad request is a number that gRPC has no code for (422), so UNKNOWN in Java: pkg/allocation/converters,
     * cmd/allocator pass on the API's status. The sidecar's list calls fail with UNKNOWN and HTTP 500, whatever their
     * proto says: pkg/sdkserver/sdkserver.go. Without it the codes are INVALID_ARGUMENT, 404, 409 and 400.
     */
    WRONG_CODES,

    /**
     * OK from a sidecar's call means queued: written 500 ms later, and as much later again on a conflict. A value that
     * is removed and added again before that is removed: pkg/sdkserver/sdkserver.go. Without it calls write at once.
     */
    QUEUED_WRITES,

    /**
     * The allocator's cache forgets a server whose update met a conflict that it had been told of already, until its
     * next write: pkg/gameserverallocations/allocation_cache.go. Measured: 36 of 120 aimed tries.
     */
    LOST_SERVERS,

    /** Now and then a call loses a race, and fails with ABORTED: the conflict of pkg/gameserverallocations/find.go. */
    ABORTED
}
