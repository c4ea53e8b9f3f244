package kit.orchestration.agones;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import kit.orchestration.engine.Timing;
import kit.orchestration.local.ManualClock;

/** Allocators for tests. */
final class Builders {

    static final Duration BATCH_WAIT = Duration.ofMillis(20);

    static final Duration CALL_TIMEOUT = Duration.ofMinutes(10);
    static final Duration GATHER = Duration.ofMillis(50);

    private Builders() {}

    /** Quick to believe a refusal. */
    static AgonesAllocatorBuilder quick(ScriptedAgones agones) {
        return AgonesAllocator.builder()
                .endpoints(agones.endpoint())
                .plaintext()
                .batchWait(BATCH_WAIT);
    }

    /** Whose time stands still, but for the test, and whose calls have much of it. */
    static AgonesAllocatorBuilder standing(AgonesAllocatorBuilder builder, ManualClock clock) {
        return builder.timing(new Timing(clock, clock::nanoTime, clock.scheduler()))
                .callTimeout(CALL_TIMEOUT)
                .gather(GATHER, 1);
    }

    /** Of whose batches fewer than eight are over before a call's time is, as by the defaults. */
    static AgonesAllocatorBuilder slow(ScriptedAgones agones, ManualClock clock) {
        return standing(quick(agones), clock).callTimeout(Duration.ofMinutes(1)).batchWait(Duration.ofSeconds(10));
    }

    /** Lets time pass until a call is done, and no faster than answers come. */
    static void pass(ScriptedAgones agones, ManualClock clock, CompletableFuture<?> call) {
        await().pollInterval(Duration.ofMillis(5)).until(() -> {
            if (agones.isIdle()) {
                clock.advance(Duration.ofMillis(100));
            }
            return call.isDone();
        });
    }

    /** Lets time pass, some of what a call has, until something holds; slowly, so that a busy machine keeps up. */
    static void pass(ManualClock clock, BooleanSupplier until) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            clock.advance(GATHER);
            return until.getAsBoolean();
        });
    }
}
