package kit.orchestration.benchmarks;

import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long to measure.
 *
 * @param rounds how often each case is run, each time in a new JVM
 * @param warmup an iteration before what counts; there are {@value #WARMUPS}, and three times as many for Local, which is the most code
 * @param iterations iterations that count
 * @param iteration the time of one
 */
record Effort(int rounds, TimeValue warmup, int iterations, TimeValue iteration) {

    static final int WARMUPS = 2;

    /** Some twelve minutes for 18 cases. */
    static final Effort FULL = new Effort(4, TimeValue.seconds(1), 5, TimeValue.seconds(1));

    /** Under two minutes. */
    static final Effort QUICK = new Effort(1, TimeValue.seconds(1), 3, TimeValue.milliseconds(500));

    String describe() {
        return "%d %s of all cases, each in a JVM of its own: %d × %s to warm up (three times as many for Local), then %d × %s that count."
                .formatted(rounds, rounds == 1 ? "round" : "rounds", WARMUPS, warmup, iterations, iteration);
    }
}
