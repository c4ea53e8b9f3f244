package kit.orchestration.k8s;

import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.random.RandomGenerator;
import kit.orchestration.AllocatorListener;
import kit.orchestration.engine.Timing;
import kit.orchestration.token.TokenSigner;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one allocator share.
 *
 * @param api the API server
 * @param loop the view's thread
 * @param timing clocks and the calls' timers
 * @param random for pauses and ties
 * @param identity what Leases say of who fills a pod; null if this allocator does not say
 * @param signer signs tokens
 * @param listener hears of calls to the API server
 * @param writes the writes under way, that a close waits for; the allocator itself is a party until it is closed
 * @param patience how long a release is tried
 */
record Context(
        ClusterApi api,
        Loop loop,
        Timing timing,
        RandomGenerator random,
        @Nullable String identity,
        TokenSigner signer,
        AllocatorListener listener,
        Phaser writes,
        Duration patience) {

    /** The id of the key that tokens are signed with. */
    String kid() {
        return signer.verificationKey().kid();
    }

    /** Its public half, as a ledger holds it. */
    String key() {
        return signer.verificationKey().text();
    }

    /** Tells the listener of a call that began at a time of {@link System#nanoTime}. */
    void called(String pool, String operation, int sessions, long start, @Nullable Throwable failure) {
        listener.backendCall(
                pool,
                operation,
                sessions,
                Duration.ofNanos(System.nanoTime() - start),
                failure == null ? null : ApiException.of(failure));
    }
}
