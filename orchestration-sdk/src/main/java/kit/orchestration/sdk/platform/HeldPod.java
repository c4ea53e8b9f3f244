package kit.orchestration.sdk.platform;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.token.VerificationKey;

/** A pod from its boot on. Confined to its platform's loop, but for what is said to be for any thread. */
public interface HeldPod {

    /** Takes claims from now on, or not; never again after a drain. */
    void open(boolean open);

    /** Takes no claims ever again. */
    void drain();

    /** Drains, and gathers no more frees. */
    default void end() {
        drain();
    }

    /** Tells nothing any more, and answers whoever waits for a session. */
    void stop();

    /** Whether allocators see what was said last of taking claims. */
    boolean isSaid();

    /** Whether nothing is left of what has ended. */
    boolean isClean();

    /** The future completes once that is so, at once if it is now. */
    void await(BooleanSupplier isSo, CompletableFuture<Void> done);

    /** The SDK has ended a session. */
    void free(ClaimedSlot claim);

    /** As {@link kit.orchestration.sdk.Platform#find}. */
    void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer);

    /** As {@link kit.orchestration.sdk.Platform#key}. Any thread. */
    Optional<VerificationKey> key(String kid);

    /** As {@link kit.orchestration.sdk.Platform#problem}. Any thread. */
    Optional<String> problem();

    /** Where it is written, for messages. Any thread. */
    String name();

    /** Why what was said is not seen, as far as is known: the end of a message. Any thread. */
    String reasons();
}
