package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;

/**
 * How long to measure.
 *
 * @param rounds how often all is measured, one after the other, so that a slow minute of the machine falls on all alike
 * @param warmUp how long 256 callers run before the first round, for the JIT
 * @param ramp how long each run goes on before it counts: longer than a session lives and its end is gathered, so that
 *     the run before has left and this one is steady
 * @param counted how long each run counts
 * @param bursts how often sessions are asked for all at once; the worst counts
 * @param largePods pods of the large pool
 * @param largeSessions sessions claimed there
 */
record Plan(
        int rounds, Duration warmUp, Duration ramp, Duration counted, int bursts, int largePods, int largeSessions) {

    static final int PODS = 64;
    static final int CAPACITY = 100;

    /** For so long new allocators take pods for others', which those who are closed have filled. */
    static final Duration HOLD = Duration.ofSeconds(10);

    static final Plan FULL =
            new Plan(3, Duration.ofSeconds(40), Duration.ofMillis(3500), Duration.ofSeconds(10), 5, 10_000, 50_000);

    static final Plan QUICK =
            new Plan(2, Duration.ofSeconds(30), Duration.ofMillis(3500), Duration.ofSeconds(3), 3, 1_000, 10_000);

    String describe() {
        return rounds + " rounds; in each, every run counts for " + counted.toSeconds() + " s after "
                + ramp.toMillis() / 1e3 + " s of the same load. The pods have the SDK, in one process of their own.";
    }
}
