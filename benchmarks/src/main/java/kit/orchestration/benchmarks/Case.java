package kit.orchestration.benchmarks;

import java.util.List;

/**
 * A row of the table: a benchmark with its parameters.
 *
 * @param label what the table calls it
 * @param benchmark the JMH class
 * @param parameters its {@code @Param}s
 * @param threads how many run it at once
 */
record Case(String label, Class<?> benchmark, List<Parameter> parameters, int threads) {

    record Parameter(String name, String value) {}

    Case onThreads(int number) {
        return new Case(label, benchmark, parameters, number);
    }
}
