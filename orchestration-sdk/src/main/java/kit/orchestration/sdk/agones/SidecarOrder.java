package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is asked of the sidecar, again and again until the watch shows that it is done: an OK means no more
 * than queued, and is void if the sidecar dies. One call is under way at a time. Confined to the pod's {@link Loop}.
 */
final class SidecarOrder {

    /** From an OK to the next try. What is queued is written within two rounds of 500 ms (measured: 1,027 ms). */
    static final Duration AGAIN = Duration.ofSeconds(2);

    private final Supplier<CompletableFuture<Void>> call;
    private final BooleanSupplier needed;
    private final Loop loop;
    private final Retry retry;
    private final Alarm alarm;

    private Runnable afterwards = () -> {};
    private boolean stopped;
    private boolean underWay;
    private boolean renewed;
    private long notBefore;

    SidecarOrder(String what, Supplier<CompletableFuture<Void>> call, BooleanSupplier needed, Loop loop) {
        this.call = call;
        this.needed = needed;
        this.loop = loop;
        this.retry = new Retry(what);
        this.alarm = new Alarm(loop, this::step);
        this.notBefore = loop.nanoTime();
    }

    /** Something else is asked from now on: it does not wait for its next time. */
    void renew() {
        renewed = true;
        notBefore = loop.nanoTime();
    }

    /** Asks if it is needed and due. To be called after every change. */
    void step() {
        alarm.off();
        if (underWay || stopped) {
            return;
        }
        if (!needed.getAsBoolean()) {
            retry.succeeded(); // by a call whose answer was lost, say
            notBefore = loop.nanoTime();
            return;
        }
        long wait = notBefore - loop.nanoTime();
        if (wait > 0) {
            alarm.set(wait);
            return;
        }
        underWay = true;
        renewed = false;
        loop.whenDone(call.get(), (ok, failure) -> answered(failure));
    }

    /** Runs this when a call has been answered, or has failed. */
    void afterwards(Runnable newAfterwards) {
        afterwards = newAfterwards;
    }

    /** Asks for nothing any more. */
    void stop() {
        stopped = true;
        alarm.off();
    }

    /** Whether a call has no answer yet. */
    boolean isUnderWay() {
        return underWay;
    }

    /** Why the last call failed; empty if it did not, or nothing is asked for now. For any thread. */
    String problem() {
        return retry.problem();
    }

    private void answered(@Nullable Throwable failure) {
        underWay = false;
        Duration wait;
        if (failure == null) {
            retry.succeeded();
            wait = AGAIN;
        } else {
            wait = retry.failed(SidecarException.failed("the sidecar", failure).problem());
        }
        notBefore = loop.nanoTime() + (renewed ? 0 : wait.toNanos());
        step();
        afterwards.run();
    }
}
