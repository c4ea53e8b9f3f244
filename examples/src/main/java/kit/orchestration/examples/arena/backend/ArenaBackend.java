package kit.orchestration.examples.arena.backend;

import java.io.IOException;
import java.util.List;
import kit.orchestration.Allocator;
import kit.orchestration.PodAddress;

/**
 * What the arena needs of the place it runs on. The rest of the arena knows the library's API and this, and nothing
 * else: a backend is added by implementing it. Pods may be processes of their own, as long as what they see reaches the
 * journal, in each pod's own order.
 */
public interface ArenaBackend extends AutoCloseable {

    /** What it is called, for people. */
    String name();

    /** The pool that its pods are in. */
    String pool();

    /** The pods that a run has here. */
    default Lineup lineup() {
        return Lineup.USUAL;
    }

    /** How long it may take. */
    default Patience patience() {
        return Patience.USUAL;
    }

    /**
     * What a selector calls a label that pods are planned with: the same, where a pod is given its labels from outside.
     */
    default String selector(String label) {
        return label;
    }

    /** Hands out the pods' slots. Closed with the backend. */
    Allocator allocator();

    /** Starts a pod in the arena's pool, and waits until it takes sessions. */
    void start(PodPlan pod) throws IOException, InterruptedException;

    /** Drains a pod, waits until its last session has ended, and ends it. */
    void retire(PodPlan pod) throws IOException, InterruptedException;

    /** Where the pods listen that are not about to end. */
    List<PodAddress> addresses();

    /** Makes a later call to the backend fail, if it can: whoever retries must not notice. */
    void disturb();

    /** Ends every pod, and the allocator. */
    @Override
    void close();
}
