package kit.orchestration.sdk;

/**
 * What a {@link Platform} tells the SDK. Events come from one thread at a time, in the order in which the backend made
 * them; they may begin before {@link Platform#boot} has returned. The calls are quick, never block and never throw.
 *
 * <p>Events may repeat, as they do after a watch was cut and read anew, and may concern sessions that ended long ago:
 * what is known already changes nothing. A platform that reads its backend anew tells what is there now
 * ({@link #claimed}, and {@link #revoked} where so marked), and {@link #gone} for what it had told of and is no more.
 */
public interface PlatformListener {

    /**
     * A slot is claimed. If the SDK has ended the session already, or knows it in another slot, it calls {@link
     * Platform#free} for this claim.
     */
    void claimed(ClaimedSlot claim);

    /**
     * The session was released from outside: the slot is still held, and the pod is to free it. Comes after the
     * session's {@link #claimed}. The SDK calls {@link Platform#free} at once if nobody has started the session, else
     * when the game has closed it.
     */
    void revoked(String sessionId);

    /**
     * The claim is no more, and not by {@link Platform#free}: its allocator took it back before it gave the token to
     * anyone, or somebody removed it by force. The slot may be another's already. If the session runs nevertheless, the
     * game is told {@code revoked}.
     */
    void gone(String sessionId);

    /**
     * Another process has taken the pod over: all that this one has is over, its slots are the other's, and nothing is
     * told any more. {@link Platform#lost} says why.
     */
    void lost();
}
