package kit.orchestration.examples.arena.record;

import kit.orchestration.sdk.TokenRefusedException.Reason;

/**
 * One thing that somebody in the arena saw. Each kind is told by one party only: callers of the allocator, pods,
 * players and impostors. What they say is held against each other by the {@link Tally}; the allocator itself is never
 * asked.
 */
public sealed interface Event {

    // ---- callers of the allocator ----

    /** A match wants a session. */
    record Asked(String match, int priority) implements Event {}

    /** A match was given a session. */
    record Allocated(String match, String session) implements Event {}

    /** A session was claimed for another reason than a match: for its token to expire, or to try a slot at the end. */
    record SetAside(String session, String why) implements Event {
        /** Nobody will come in time. */
        public static final String TO_EXPIRE = "to expire";
        /** To see that its slot is free. */
        public static final String TO_AUDIT = "to audit";
    }

    /** A match could not be played to its end. */
    record Failed(String match, String why) implements Event {}

    // ---- pods ----

    /** A pod takes sessions from now on. */
    record PodReady(String pod, String region, int slots) implements Event {}

    /** A pod takes no new sessions; those it has go on. */
    record PodDraining(String pod) implements Event {}

    /** A pod has ended. */
    record PodGone(String pod) implements Event {}

    /** A pod heard that one of its slots was claimed. */
    record Claimed(String pod, int slot, String session) implements Event {}

    /** A pod let the first player of a session in. */
    record Started(String pod, int slot, String session) implements Event {}

    /** A slot of a pod is free again: its session has ended, or its claim did without ever having been started. */
    record Freed(String pod, int slot, String session, boolean started) implements Event {}

    /** A pod refused a token; only the log is told why. */
    record Refused(String pod, Reason reason) implements Event {}

    // ---- players ----

    /** A player found the session it was promised, with the opponent it was promised. */
    record Joined(String match, String player, String session) implements Event {}

    /** A player saw the game through, every move legal and in turn. */
    record Finished(String match, String player, String session, String winner) implements Event {}

    // ---- impostors ----

    /** An impostor got an answer to a bad token: it was refused, as it must be, or let in. */
    record BadToken(String kind, boolean refused) implements Event {}
}
