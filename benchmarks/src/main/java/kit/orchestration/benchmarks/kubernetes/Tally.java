package kit.orchestration.benchmarks.kubernetes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kit.orchestration.benchmarks.Quantiles;

/** What was counted in all rounds of one run. For one thread. */
final class Tally {

    /** A call is slow if it takes longer than so many times the median. */
    private static final int SLOW = 5;

    private final Samples latencies = new Samples();
    private final Map<String, Integer> failures = new TreeMap<>();
    private Duration time = Duration.ZERO;
    private Servers.Counts writes = Servers.Counts.NONE;
    private Usage usage = Usage.NONE;
    private int pods;
    private int heldAtMost;

    void count(Samples samples) {
        latencies.addAll(samples);
    }

    void time(Duration counted) {
        time = time.plus(counted);
    }

    void failed(String error) {
        failures.merge(error, 1, Integer::sum);
    }

    void counted(Servers.Counts more) {
        writes = writes.plus(more);
    }

    void used(Usage more) {
        usage = usage.plus(more);
    }

    /** How many pods a round has touched; the most of all rounds is kept, as with the next. */
    void touched(int number) {
        pods = Math.max(pods, number);
    }

    /** How many slots were held at once. */
    void held(int slots) {
        heldAtMost = Math.max(heldAtMost, slots);
    }

    int calls() {
        return latencies.size();
    }

    double ops() {
        return latencies.size() / seconds();
    }

    double seconds() {
        return time.toNanos() / 1e9;
    }

    double millis(double quantile) {
        List<Long> nanos = new ArrayList<>(latencies.stream().boxed().toList());
        return Quantiles.of(nanos, quantile) / 1e6;
    }

    double slowShare() {
        double bound = SLOW * millis(0.5) * 1e6;
        return (double) latencies.stream().filter(nanos -> nanos > bound).count() / latencies.size();
    }

    Servers.Counts writes() {
        return writes;
    }

    Usage usage() {
        return usage;
    }

    int failures() {
        return failures.values().stream().mapToInt(Integer::intValue).sum();
    }

    Map<String, Integer> failuresByKind() {
        return failures;
    }

    int podsTouched() {
        return pods;
    }

    int heldAtMost() {
        return heldAtMost;
    }
}
