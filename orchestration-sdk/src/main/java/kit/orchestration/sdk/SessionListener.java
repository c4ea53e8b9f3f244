package kit.orchestration.sdk;

/**
 * Hears what happens to this pod's sessions. Called on the server's callback executor, one call at a time, in the order
 * in which things happened, never under a lock. What it throws is logged and harms nobody; while it blocks, later calls
 * wait.
 *
 * <p>For each claim: {@link #claimed}, then {@link #expired} or {@link #withdrawn}, or, if a player started the
 * session, perhaps {@link #revoked} and at last {@link #ended}. A player may be let in before {@code claimed} was run.
 */
public interface SessionListener {

    /** A listener that does nothing. */
    SessionListener NONE = new SessionListener() {};

    /** A slot was claimed: a player will come, unless the claim expires. The time to load a map. */
    default void claimed(ClaimedSlot claim) {}

    /** Nobody came within the claim's ttl; its slot was freed. */
    default void expired(ClaimedSlot claim) {}

    /** The claim was taken back before anybody came: it was released, or the server is closed or has lost its pod. */
    default void withdrawn(ClaimedSlot claim) {}

    /** A running session was released from outside. It goes on, and holds its slot, until the game closes it. */
    default void revoked(Session session) {}

    /** A session that ran has ended; its slot was freed. */
    default void ended(Session session, EndReason reason) {}

    /** A token was refused. In a flood some of these calls are left out, so that they don't fill the memory. */
    default void refused(TokenRefusedException.Reason reason) {}
}
