package kit.orchestration.agones;

import java.time.Duration;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The calls to Agones that have no answer yet, and what follows from them: a close waits for them. Safe for any thread.
 */
final class UnderWay {

    private final Phaser calls = new Phaser(1);

    /** A call begins; false if the close has waited for the last one already, so that it may not. */
    boolean begin() {
        return calls.register() >= 0;
    }

    /** It has ended, and whatever follows from it has begun. */
    void end() {
        calls.arriveAndDeregister();
    }

    /** Waits until there is none; false if the time was too short. To be called once. */
    boolean awaitNone(Duration atMost) throws InterruptedException {
        int phase = calls.arriveAndDeregister();
        try {
            calls.awaitAdvanceInterruptibly(phase, atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException late) {
            return false;
        }
    }
}
