package kit.orchestration.benchmarks;

import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long to measure.
 *
 * @param rounds how often each case is run, each time in a new JVM
 * @param warmups iterations before what counts
 * @param iterations iterations that count
 */
record Effort(int rounds, int warmups, int iterations) {

    static final TimeValue ITERATION = TimeValue.seconds(1);

    String describe() {
        return "%d %s of all cases, each in a JVM of its own with %d s to warm up and %d s that count."
                .formatted(rounds, rounds == 1 ? "round" : "rounds", warmups, iterations);
    }
}
