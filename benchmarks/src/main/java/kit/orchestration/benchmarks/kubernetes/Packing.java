package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import kit.orchestration.Allocation;
import kit.orchestration.benchmarks.Quantiles;

/** How few pods 1,000 sessions touch that stay. Each time the pool is empty before. */
final class Packing {

    private static final int SESSIONS = 1_000;

    private final PodFleet fleet;
    private final List<Long> picks = new ArrayList<>();

    Packing(PodFleet fleet) {
        this.fleet = fleet;
    }

    /** One after another. */
    int serial(Matchmakers matchmakers) throws InterruptedException, IOException {
        begin(matchmakers);
        List<Allocation> allocations = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            allocations.add(matchmakers.first().allocate(Requests.next()));
        }
        return end(allocations);
    }

    /** All at once, from all allocators in equal parts; the worst of some times. */
    int burst(Matchmakers matchmakers, int times) throws InterruptedException, IOException {
        int most = 0;
        for (int time = 0; time < times; time++) {
            begin(matchmakers);
            most = Math.max(most, end(matchmakers.allocateAtOnce(SESSIONS, picks)));
        }
        return most;
    }

    /** The median of what a call takes of its thread, when many are made at once; in microseconds. */
    double pickMicros() {
        return Quantiles.of(picks, 0.5) / 1e3;
    }

    private static void begin(Matchmakers matchmakers) throws InterruptedException {
        matchmakers.awaitIdle(Plan.PODS * Plan.CAPACITY);
    }

    private int end(List<Allocation> allocations) throws IOException {
        allocations.forEach(fleet::hold);
        fleet.endHeld();
        return Matchmakers.pods(allocations);
    }
}
