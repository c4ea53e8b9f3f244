package kit.orchestration.testkit;

import kit.orchestration.PodAddress;
import kit.orchestration.sdk.GameServer;

/**
 * A pod of a backend under test: a handle for what happens to it. Each call returns when the store has it; what
 * allocators know of it is another matter ({@link ContractBackend#settle()}). Safe for any number of threads, one call
 * at a time each.
 */
public interface ContractPod {

    /** Its name, as {@link kit.orchestration.Allocation#POD_ANNOTATION} has it. */
    String name();

    /** Where players dial, as it was given to the backend. */
    PodAddress address();

    /** How many slots it has. */
    int capacity();

    /** The game server in its present process; the last one if that was crashed. */
    GameServer server();

    /**
     * Says ready. To be overridden where the backend learns readiness from somebody else (a kubelet) whom the test has
     * to play.
     */
    default void ready() {
        server().ready();
    }

    /** Takes it back; to be overridden as {@link #ready()}. */
    default void unready() {
        server().unready();
    }

    /** Drains; to be overridden as {@link #ready()}. */
    default void drain() {
        server().drain();
    }

    /**
     * Its process dies without a word: nothing it would have written is written from now on, and it hears no more.
     * {@link CrashablePlatform} does that for any platform.
     */
    void crash();

    /** A new process in the same pod, which says ready. One that still runs crashes first. */
    void restart();

    /**
     * A new process takes the pod over while the one before lives on and does not know; the new one has not said ready
     * yet, and {@link #server()} is its. False, and nothing has happened, where whoever starts a pod's processes has
     * ended the one before, so that there are never two: nothing is to be shown then.
     */
    default boolean takeOver() {
        return false;
    }

    /** Takes the pod out of its pool for good, as when its node is lost; the process crashes with it. */
    void remove();
}
