package kit.orchestration.agones;

import java.time.Duration;

/** Allocators for tests: quick to believe a refusal. */
final class Builders {

    static final Duration BATCH_WAIT = Duration.ofMillis(20);

    private Builders() {}

    static AgonesAllocatorBuilder quick(ScriptedAgones agones) {
        return AgonesAllocator.builder()
                .endpoints(agones.endpoint())
                .plaintext()
                .batchWait(BATCH_WAIT);
    }
}
