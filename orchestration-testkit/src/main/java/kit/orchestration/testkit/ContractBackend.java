package kit.orchestration.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import kit.orchestration.Allocator;

/**
 * What a backend gives to be tested: its store, with hooks that look at it from outside. One object serves one test,
 * and is closed after it; what is costly to start may be shared among them. Safe for any number of threads.
 */
public interface ContractBackend extends AutoCloseable {

    /** What the README's table calls it. */
    String name();

    /**
     * The rules that this backend keeps only in part, each with a sentence that says what holds instead. Every test
     * that can't be passed for it is overridden by one with {@link Weaker}.
     */
    default Map<Integer, String> weakenings() {
        return Map.of();
    }

    /** The name of a pool that nobody has used yet, or heard of. */
    String newPool();

    /**
     * Another allocator over the same store, with packed placement and a call time-out of a few seconds: it goes by
     * {@link #advance}, where time can be moved. The test closes it.
     */
    Allocator newAllocator();

    /** Lets an allocator die: it is closed, and says no word to the backend from now on. */
    default void crash(Allocator allocator) {
        allocator.close();
    }

    /**
     * The next claim that this allocator writes reaches the store, but its answer never reaches the allocator: the call
     * ends with a {@link kit.orchestration.BackendException} of unknown outcome.
     */
    void loseNextAnswer(Allocator allocator);

    /**
     * A new pod with a game server of the SDK in it, which has said ready. Returns when the store has it as ready. The
     * server counts time by {@link #advance}.
     */
    ContractPod addPod(PodSpec spec);

    /** As {@link #addPod}, but the game server has not said ready yet. */
    ContractPod addUnreadyPod(PodSpec spec);

    /** Moves time on, for allocators and pods: timers that become due have run, or run at once elsewhere. */
    void advance(Duration duration);

    /** Returns when every open allocator knows all that the store held when this was called. */
    void settle();

    /** What the store itself says is held in a pool, not what an allocator or a pod believes. */
    List<HeldSlot> held(String pool);

    /** How long a test waits for what happens elsewhere before it fails. */
    default Duration patience() {
        return Duration.ofSeconds(10);
    }

    /**
     * What the numbers of rounds in long tests are multiplied by: 1 for a backend in process, less for a real server.
     */
    default double scale() {
        return 1;
    }

    /** Ends whatever was started for this test. */
    @Override
    void close();
}
