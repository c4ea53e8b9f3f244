package kit.orchestration.examples.arena.match;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.BackendException;
import kit.orchestration.examples.arena.backend.ArenaBackend;

/**
 * Gets sessions from the pool. Each request has an id, so that it can be repeated when an answer is missing: whatever
 * became of the first try, there is one session in the end.
 */
final class Matchmaker {

    private static final Duration TIME_TO_ARRIVE = Duration.ofSeconds(10);
    private static final int TRIES = 5;

    private final Allocator allocator;
    private final ArenaBackend backend;
    private final String run;

    /**
     * A matchmaker.
     *
     * @param backend where the pods are
     * @param run told apart from other runs by this, its requests never get a session of theirs
     */
    Matchmaker(Allocator allocator, ArenaBackend backend, String run) {
        this.allocator = allocator;
        this.backend = backend;
        this.run = run;
    }

    /** A session for a match. Waits for room. */
    Allocation allocate(MatchPlan match) throws InterruptedException {
        return allocate(request(match.name(), match.selectors())
                .priority(match.priority())
                .annotations(Map.of("match", match.name(), "stones", Integer.toString(match.stones())))
                .maxWait(backend.patience().room())
                .claimTtl(TIME_TO_ARRIVE)
                .build());
    }

    /** A request with an id of its own, for pods that are planned with these labels. */
    AllocateReq.Builder request(String id, Map<String, String> labels) {
        Map<String, String> selectors = new HashMap<>();
        labels.forEach((label, value) -> selectors.put(backend.selector(label), value));
        return AllocateReq.builder(backend.pool()).requestId(run + "-" + id).selectors(selectors);
    }

    /** Allocates, and tries again where the library says that it may help. */
    Allocation allocate(AllocateReq request) throws InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                return allocator.allocate(request);
            } catch (BackendException e) {
                if (!e.retryable() || tries == TRIES) {
                    throw e;
                }
                Thread.sleep(10L << tries);
            }
        }
    }

    /** Gives a session back that nobody will play. */
    void release(Allocation allocation) {
        allocator.release(allocation);
    }
}
