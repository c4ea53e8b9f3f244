package kit.orchestration.k8s.contract;

import java.time.Duration;
import kit.orchestration.Allocator;

/** An allocator under test, wherever it runs. Safe for any number of threads. */
interface OpenAllocator {

    /** What the test is given. */
    Allocator allocator();

    /** Whether it has taken in all changes up to these versions; true if it is closed. */
    boolean hasSeen(long pods, long leases);

    /** Moves its time on; does nothing if it goes by the test's own clock. */
    default void advance(Duration duration) {}

    /** Its process dies, as far as it has one of its own; its network is cut by then. Does not wait for it. */
    void die();

    /** Ends whatever is left. */
    void dispose();
}
