package kit.orchestration.examples.arena.pod;

import java.util.concurrent.CompletableFuture;
import kit.orchestration.sdk.Session;

/**
 * The way into a pod's sessions: {@link kit.orchestration.sdk.GameServer#enter(String)}, unless something is planted.
 */
public interface Door {

    /** The token's session, or a failure with {@link kit.orchestration.sdk.TokenRefusedException}. */
    CompletableFuture<Session> enter(String token);
}
