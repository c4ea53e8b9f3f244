package kit.orchestration.sdk.platform;

import java.util.concurrent.RejectedExecutionException;
import kit.orchestration.ledger.lease.Loop;

/** Tasks of a platform from threads that don't know whether it is closed by now. */
public final class Loops {

    private Loops() {}

    /** Hands the task over. False if the loop is closed: it will not be run. */
    public static boolean offer(Loop loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }
}
