package kit.orchestration.benchmarks;

import java.util.List;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How long to measure.
 *
 * @param rounds how often each case is run, each time in a new JVM
 * @param warmup an iteration before what counts; there are {@value #WARMUPS}
 * @param iterations iterations that count
 * @param iteration the time of one
 * @param threads how many run a case at once, each number in a case of its own
 */
record Effort(int rounds, TimeValue warmup, int iterations, TimeValue iteration, List<Integer> threads) {

    /**
     * As many as the JIT compiler needs: in the second and third second the engine does a quarter of what it does
     * before and after, while its code is made anew.
     */
    static final int WARMUPS = 6;

    /** Some eight minutes. */
    static final Effort FULL = new Effort(2, TimeValue.seconds(1), 5, TimeValue.seconds(1), List.of(1, 2));

    /** Under two minutes. */
    static final Effort QUICK = new Effort(1, TimeValue.seconds(1), 3, TimeValue.milliseconds(500), List.of(1));

    String describe() {
        return "%s %s of all cases, each in a JVM of its own: %s × %s to warm up, then %s × %s that count."
                .formatted(rounds, rounds == 1 ? "round" : "rounds", WARMUPS, warmup, iterations, iteration);
    }
}
