package kit.orchestration.examples.arena.backend.kubernetes;

import java.io.IOException;
import java.time.Duration;
import kit.orchestration.PodAddress;

/** A pod of the arena on Kubernetes. */
interface ArenaPod {

    /** Where players dial; it is ready. */
    PodAddress address();

    /** Waits until it is ready. */
    void awaitReady() throws IOException, InterruptedException;

    /** As a roll-out does: it is to be deleted, and is gone when its last session has ended, or its grace. */
    void retire() throws IOException, InterruptedException;

    /** Does not wait. */
    void tellToEnd();

    /** Ends it. */
    void end(Duration grace) throws IOException, InterruptedException;
}
