package kit.orchestration.controlplane;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for another process by asking it again and again. */
final class Await {

    private static final Duration BETWEEN = Duration.ofMillis(50);

    private Await() {}

    /** Blocks until the condition holds; fails with the message if it doesn't in time. */
    static void until(Duration timeout, BooleanSupplier condition, Supplier<String> message) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new ControlPlaneException("after " + timeout.toSeconds() + " s, " + message.get());
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN.toMillis());
        } catch (InterruptedException e) {
            throw ControlPlaneException.interrupted("waiting for the control plane", e);
        }
    }
}
