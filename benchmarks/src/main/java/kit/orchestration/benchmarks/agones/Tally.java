package kit.orchestration.benchmarks.agones;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import kit.orchestration.benchmarks.Quantiles;

/** What one run has counted, in all rounds. Safe for several threads. */
final class Tally {

    /** Of those that gave a session, in nanoseconds. */
    private final List<Long> latencies = new ArrayList<>();

    private Duration time = Duration.ZERO;
    private int refused;
    private int falselyRefused;
    private int failed;
    private int heldAtMost;

    synchronized void countClaimed(long nanos) {
        latencies.add(nanos);
    }

    synchronized void countRefused(boolean falsely) {
        refused++;
        falselyRefused += falsely ? 1 : 0;
    }

    synchronized void countFailed() {
        failed++;
    }

    synchronized void add(Duration counted, int held) {
        time = time.plus(counted);
        heldAtMost = Math.max(heldAtMost, held);
    }

    synchronized double ops() {
        return latencies.size() / (time.toNanos() / 1e9);
    }

    synchronized double millis(double quantile) {
        return Quantiles.of(latencies, quantile) / 1e6;
    }

    synchronized int refused() {
        return refused;
    }

    synchronized int falselyRefused() {
        return falselyRefused;
    }

    synchronized int failed() {
        return failed;
    }

    synchronized int heldAtMost() {
        return heldAtMost;
    }

    /** The share of calls that were refused while there was room. */
    synchronized double falseShare() {
        int all = latencies.size() + refused + failed;
        return all == 0 ? 0 : (double) falselyRefused / all;
    }
}
