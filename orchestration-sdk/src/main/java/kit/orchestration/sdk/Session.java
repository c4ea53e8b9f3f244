package kit.orchestration.sdk;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * A session that runs on this pod. It holds its slot until it is closed. Safe for any thread; two references to the
 * same session are the same object.
 */
public interface Session extends AutoCloseable {

    /** The session's id: the {@code sessionId} of its allocation. */
    String id();

    /** The slot it holds, 0 to capacity − 1: two sessions that run at the same time never have the same. */
    int slot();

    /** What the allocator's caller told the pod about it. Immutable. */
    Map<String, String> annotations();

    /** Whether it was released from outside: the game should end and close it. Its slot is held until then. */
    boolean isRevoked();

    /**
     * Ends the session; its slot is freed. No I/O is done here (the platform writes it, and repeats that until it is
     * done), nothing is thrown, and closing again does nothing.
     */
    @Override
    void close();

    /**
     * Completes when the session has ended, with the reason, on the server's callback executor. It never fails, and
     * completing it from outside does nothing to the session.
     */
    CompletionStage<EndReason> ended();
}
