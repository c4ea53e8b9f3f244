package kit.orchestration.sdk;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import kit.orchestration.PodAddress;
import kit.orchestration.token.VerificationKey;

/**
 * What a backend implements for the pod side; {@link GameServer} does the rest. One object serves one process's hold of
 * one pod: the SDK calls {@link #boot} once, first, and {@link #close} once, last (also if {@code boot} failed).
 * In between it may call from any number of threads.
 *
 * <p>Where the backend's slots have no numbers, as on Agones, the platform gives each claim the lowest that is free;
 * tokens name none there.
 *
 * <p>The platform moves claims between the ledger and the SDK. It keeps no timers for claims that it has told, and
 * decides on no token: the SDK counts each claim's ttl, and says {@link #free} exactly once for each claim that it was
 * told of and that has ended, unless it ended by {@link PlatformListener#gone}; and once more if the claim is told
 * again after that, or in another slot.
 */
public interface Platform extends AutoCloseable {

    /**
     * What a server counts time by.
     *
     * @param clock tells the time that a token's {@code exp} is held against
     * @param scheduler counts the time of claims, sessions and health; the server does not shut it down
     */
    record Time(InstantSource clock, ScheduledExecutorService scheduler) {}

    /**
     * Takes the pod over for this process. What an earlier process of the pod held is given back, and its tokens are
     * void, since they name another {@link Boot#audience()}. Then claims are told to the listener. The pod is not ready
     * yet.
     *
     * <p>Blocks for the backend, at most as long as the platform's own time-out.
     *
     * @throws PlatformException if the backend can't be reached, or says no
     * @throws IllegalStateException if it was called before; whoever called first is not disturbed
     */
    Boot boot(PlatformListener listener);

    /**
     * Says where players dial this pod, in place of what was said before: whoever is allocated from when this returns
     * gets it. May block for one call to the backend. May be repeated.
     *
     * @throws UnsupportedOperationException if the backend itself says it; the message says so. So it is unless
     *     overridden
     * @throws PlatformException if the backend failed; repeating it is safe. If it says that it {@linkplain
     *     PlatformException#isTriedOn is tried on}, {@link #problem} tells when it is done; else it is not done
     */
    default void address(PodAddress address) {
        throw new UnsupportedOperationException(
                "this backend itself says where players dial the pod: set no address, neither in the builder nor as "
                        + "ORCHESTRATION_ADDRESS or ORCHESTRATION_HOST, and say none");
    }

    /**
     * Makes the pod take new claims, or not; after {@link #drain} it does nothing. May be repeated. From when it
     * returns, a claim that was computed before it was told no fails. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeating it is safe. If it says that it {@linkplain
     *     PlatformException#isTriedOn is tried on}, {@link #problem} tells when it is done; else it is not done
     */
    void ready(boolean ready);

    /**
     * Takes no new claims ever again; those that stand go on. Claims that were made before it took effect may still be
     * told. May be repeated. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeating it is safe
     */
    void drain();

    /**
     * The process ends: what is freed after this is given to nobody in this pod. {@link #close} follows. Never blocks
     * and never throws. Does nothing unless overridden, which then costs whoever waits for room an allocation that this
     * process refuses.
     */
    default void ending() {}

    /**
     * Frees the claim's slot, and that claim only: if the slot is another's by now, nothing happens. Never blocks and
     * never throws: it is queued, and the platform repeats it until it is done or the pod is gone. May come before
     * {@link #boot} has returned.
     */
    void free(ClaimedSlot claim);

    /**
     * Looks for the claim that this pod has for the session, and for a key with it: a player may be faster than the
     * watch. Unless both are known already, the backend itself is asked, and where it may be behind, or can't be asked
     * in that moment, again for a while. Does not block. The SDK bounds how often it asks and how long it waits. The
     * stage may be completed on any thread, and nothing of the game's runs there; it is completed at the latest when
     * the platform is closed.
     *
     * <p>Once it is completed, {@link #key} knows every key that the backend had with the claim.
     *
     * @param kid the key that is wanted with the claim
     * @return the claim, also if the backend has not that key; empty if it has no claim; fails if it can't be asked
     */
    CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid);

    /**
     * The key that a token's {@code kid} names, if this pod's ledger has it. When a claim is told, the key of who
     * claimed it is known already. From memory: never blocks, never throws.
     */
    Optional<VerificationKey> key(String kid);

    /**
     * Told about once a second for as long as {@code /healthz} is good, and not at all while it isn't: for backends
     * that want a heartbeat. Never blocks and never throws. Does nothing unless overridden.
     */
    default void healthy() {}

    /**
     * Why allocators do not see what was said last of taking claims, or can't, in a line for an operator; empty if they
     * see it. {@code /readyz} says it; sessions go on. A platform that failed to say it, and tries on, has one until it
     * is said. Asked at any time, also before {@link #boot}. From memory: never blocks, never throws. Empty unless
     * overridden.
     */
    default Optional<String> problem() {
        return Optional.empty();
    }

    /**
     * Why this process has lost the pod to another one, for good; empty if it has not. {@code /healthz} says it, so
     * that the kubelet ends the process. Asked as {@link #problem} is. Empty unless overridden.
     */
    default Optional<String> lost() {
        return Optional.empty();
    }

    /**
     * How long the backend lets this process go on once it has told it to end by SIGTERM; empty if it ends no pods that
     * way. From memory. Empty unless overridden.
     */
    default Optional<Duration> terminationGrace() {
        return Optional.empty();
    }

    /**
     * The time that the backend goes by, if that is not the system's but a test's; the server goes by it, too, as far
     * as its builder names no other. Asked for before {@link #boot}; never blocks. Empty unless overridden.
     */
    default Optional<Time> time() {
        return Optional.empty();
    }

    /**
     * Asks the backend to end this pod. May block for one call to it.
     *
     * @throws PlatformException if the backend failed; repeating it is safe
     */
    void shutdown();

    /**
     * Stops: the pod takes no claims from then on. What {@link #free} has queued is written first, as far as a bounded
     * time allows; what then is not, the next {@link #boot} gives back. No event is told afterwards, but what waits for
     * a listener that, against its contract, blocks. Never throws; closing again does nothing.
     */
    @Override
    void close();
}
