package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.AllocateReq;

/** What the callers ask for. */
final class Requests {

    /** One short annotation, as a matchmaker would tell the pod. */
    static final Map<String, String> ANNOTATIONS = Map.of("map", "desert");

    private Requests() {}

    /**
     * A request that waits for room for up to 5 s. 64 pods of 100 slots have no room for more than some 4,000 sessions
     * a second, since each holds its slot for 1.1 s on average and until its end is written: a full pool shows as
     * latency.
     */
    static AllocateReq next() {
        return AllocateReq.builder(Cluster.POOL)
                .annotations(ANNOTATIONS)
                .maxWait(Duration.ofSeconds(5))
                .build();
    }
}
