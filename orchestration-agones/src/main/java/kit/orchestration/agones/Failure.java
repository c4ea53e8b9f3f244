package kit.orchestration.agones;

import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.ledger.AgonesNames;
import org.jspecify.annotations.Nullable;

/**
 * A call to Agones' allocator that gave no server.
 *
 * @param kind what it means
 * @param what what happened and what to do, for people
 * @param cause the error as it came; null if there was none, but an answer that makes no sense
 */
record Failure(Kind kind, String what, @Nullable Throwable cause) {

    /** Of a call that was not made any more. */
    static final Failure CLOSED = new Failure(Kind.UNREACHABLE, "the allocator is closed", null);

    /** Of a server whose notes have no room, until its SDK takes some out. */
    static Failure notesAreFull(Answer server) {
        return new Failure(
                Kind.CONTENTION,
                "the list \"%s\" of GameServer %s is full".formatted(AgonesNames.NOTES, server.name()),
                null);
    }

    /** What a failure means for the calls that it carried. */
    enum Kind {
        /** No server matches, as far as Agones sees; which is often false. */
        REFUSED(false, true),
        /** Another call was faster: nothing was written. */
        CONTENTION(false, true),
        /** A server was chosen, and Agones failed to update it; there is no telling whether it was written. */
        NOT_UPDATED(true, true),
        /** There is no telling whether it was written; another try may do. */
        UNCERTAIN(true, true),
        /** No answer in time; it may still be written. */
        TOO_SLOW(true, true),
        /** There was no connection: nothing was sent. */
        UNREACHABLE(false, true),
        /** The connection broke, maybe after the call was sent. */
        BROKEN(true, true),
        /** Nothing will do until somebody mends something. */
        MISCONFIGURED(false, false);

        private final boolean maybeApplied;
        private final boolean repeatable;

        Kind(boolean maybeApplied, boolean repeatable) {
            this.maybeApplied = maybeApplied;
            this.repeatable = repeatable;
        }

        /** Whether it may have been written. */
        boolean maybeApplied() {
            return maybeApplied;
        }

        /** Whether a server that matches had room a moment ago. */
        boolean provesRoom() {
            return this == CONTENTION || this == NOT_UPDATED;
        }

        /** Whether the same may succeed without anybody mending anything. */
        boolean repeatable() {
            return repeatable;
        }
    }

    /** What a caller is told. */
    BackendException toException(String pool, @Nullable AllocateReq request, boolean maybeApplied) {
        return new BackendException(
                what,
                pool,
                request,
                maybeApplied || kind.maybeApplied() ? Outcome.UNKNOWN : Outcome.NOT_APPLIED,
                kind.repeatable(),
                cause);
    }
}
