package kit.orchestration.benchmarks.agones;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import kit.orchestration.benchmarks.agones.Plan.Kind;
import kit.orchestration.benchmarks.kubernetes.HostedPods;

/** All that was measured: of each batch wait, number of callers, and kind. */
final class Figures {

    /** {@value} by the issue; what the document says was met or not. */
    private static final double TIMES = 10;
    /** Likewise, of Leases. */
    private static final double LEASE_TIMES = 20;
    /** Likewise: half of one caller's calls in as many times of half of the raw patches'. */
    private static final double LEASE_P50 = 1.4;
    /** Likewise: 99 of 100 requests with an id in as many batch waits. */
    private static final int ID_BATCHES = 6;

    private final Map<Run, Tally> tallies = new LinkedHashMap<>();
    /** By batch wait, then rate: of the round in which the fewest succeeded, or else the slowest. */
    private final Map<Integer, Map<Integer, OpenLoop.Row>> ids = new LinkedHashMap<>();

    private final Map<Integer, HostedPods.Row> leases = new LinkedHashMap<>();
    private double rawPatchMs;

    private static final Comparator<OpenLoop.Row> WORST_FIRST = Comparator.comparingDouble(
                    (OpenLoop.Row row) -> (double) row.succeeded() / row.asked())
            .thenComparing(Comparator.comparingDouble(OpenLoop.Row::p99Ms).reversed());

    /** One line of the table. */
    record Run(int batchWaitMs, int callers, Kind kind) {}

    Tally of(Run run) {
        return tallies.computeIfAbsent(run, each -> new Tally());
    }

    void ids(int batchWaitMs, int rate, OpenLoop.Row row) {
        ids.computeIfAbsent(batchWaitMs, wait -> new LinkedHashMap<>())
                .merge(rate, row, (one, other) -> WORST_FIRST.compare(one, other) <= 0 ? one : other);
    }

    void leases(HostedPods pods) {
        rawPatchMs = pods.rawP50Ms();
        HostedPods.CALLERS.forEach(callers -> leases.put(callers, pods.row(callers)));
    }

    String table() {
        StringBuilder page = new StringBuilder();
        page.append(
                "| batch wait | callers | who | sessions/s | false refusals | of all calls | true refusals | failures"
                        + " | p50 ms | p99 ms | held at most |\n");
        page.append("|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        tallies.forEach((run, tally) -> page.append(format(
                "| %d ms | %d | %s | %,.0f | %,d | %.1f %% | %,d | %,d | %,.0f | %,.0f | %,d |\n",
                run.batchWaitMs(),
                run.callers(),
                run.kind().name(run.callers()),
                tally.ops(),
                tally.falselyRefused(),
                100 * tally.falseShare(),
                tally.refused() - tally.falselyRefused(),
                tally.failed(),
                tally.millis(0.5),
                tally.millis(0.99),
                tally.heldAtMost())));
        page.append("\n| batch wait | requests with an id | asked | succeeded | p99 ms |\n|--:|--:|--:|--:|--:|\n");
        ids.forEach((wait, rates) -> rates.forEach((rate, row) -> page.append(format(
                "| %d ms | %d/s | %,d | %,d | %,.0f |\n", wait, rate, row.asked(), row.succeeded(), row.p99Ms()))));
        if (!leases.isEmpty()) {
            page.append("\n| sessions in Leases | sessions/s | p50 ms | p99 ms | refusals | failures |\n");
            page.append("|---|--:|--:|--:|--:|--:|\n");
            page.append(format("| raw patch of a Lease, one writer | | %.2f | | | |\n", rawPatchMs));
            leases.forEach((callers, row) -> page.append(format(
                    "| %d callers | %,.0f | %.2f | %.2f | %,d | %,d |\n",
                    callers, row.ops(), row.p50Ms(), row.p99Ms(), row.refusals(), row.failures())));
        }
        return page.toString();
    }

    /** What must be shown, and what was. */
    String targets(int batchWaitMs) {
        StringBuilder page = new StringBuilder("| what must be shown | target | measured | |\n|---|---|--:|---|\n");
        for (int callers : Plan.CALLERS) {
            Tally ours = of(new Run(batchWaitMs, callers, Plan.OURS));
            double times =
                    ours.ops() / of(new Run(batchWaitMs, callers, Plan.SINGLE)).ops();
            page.append(format(
                    "| %d callers: rate, in that of one session per call | at least %.0f | %.1f | %s |\n",
                    callers, TIMES, times, met(times >= TIMES)));
            page.append(format(
                    "| %d callers: refusals while there is room | none | %,d | %s |\n",
                    callers, ours.falselyRefused(), met(ours.falselyRefused() == 0)));
        }
        ids.getOrDefault(batchWaitMs, Map.of()).forEach((rate, row) -> {
            page.append(format(
                    "| %d requests with an id per second: succeed | all of %,d | %,d | %s |\n",
                    rate, row.asked(), row.succeeded(), met(row.succeeded() == row.asked())));
            page.append(format(
                    "| %d requests with an id per second: p99, in batch waits | less than %d | %.1f | %s |\n",
                    rate, ID_BATCHES, row.p99Ms() / batchWaitMs, met(row.p99Ms() < ID_BATCHES * batchWaitMs)));
        });
        leases.forEach((callers, row) -> leaseTargets(batchWaitMs, callers, row, page));
        return page.toString();
    }

    private void leaseTargets(int batchWaitMs, int callers, HostedPods.Row row, StringBuilder page) {
        double times =
                row.ops() / of(new Run(batchWaitMs, callers, Plan.SINGLE)).ops();
        page.append(format(
                "| Leases, %d callers: rate, in that of one session per call | at least %.0f | %.1f | %s |\n",
                callers, LEASE_TIMES, times, met(times >= LEASE_TIMES)));
        page.append(format(
                "| Leases, %d callers: refusals and failures | none | %,d | %s |\n",
                callers, row.refusals() + row.failures(), met(row.refusals() + row.failures() == 0)));
        if (callers == Plan.ONE_CALLER) {
            double patches = row.p50Ms() / rawPatchMs;
            page.append(format(
                    "| Leases, one caller: p50, in that of a raw patch | at most %.1f | %.2f | %s |\n",
                    LEASE_P50, patches, met(patches <= LEASE_P50)));
        }
    }

    /** One JSON object. */
    String json(int batchWaitMs) {
        StringJoiner json = new StringJoiner(", ", "{", "}");
        for (int callers : Plan.CALLERS) {
            Tally single = of(new Run(batchWaitMs, callers, Plan.SINGLE));
            Tally ours = of(new Run(batchWaitMs, callers, Plan.OURS));
            json.add(format(
                    "\"c%d\": {\"single_ops\": %.1f, \"single_refusals\": %d, \"ours_ops\": %.1f, \"ours_refusals\":"
                            + " %d, \"ours_p50_ms\": %.1f}",
                    callers,
                    single.ops(),
                    single.falselyRefused(),
                    ours.ops(),
                    ours.falselyRefused(),
                    ours.millis(0.5)));
        }
        if (!leases.isEmpty()) {
            json.add("\"lease\": " + leasesJson());
        }
        StringJoiner rates = new StringJoiner(", ", "{", "}");
        ids.getOrDefault(batchWaitMs, Map.of())
                .forEach((rate, row) -> rates.add(format(
                        "\"r%d\": {\"asked\": %d, \"succeeded\": %d, \"p99_ms\": %s}",
                        rate,
                        row.asked(),
                        row.succeeded(),
                        row.succeeded() == 0 ? "null" : format("%.1f", row.p99Ms()))));
        return json.add("\"ids\": " + rates).toString();
    }

    private String leasesJson() {
        StringJoiner json = new StringJoiner(", ", "{", "}").add(format("\"raw1_p50_ms\": %.3f", rawPatchMs));
        leases.forEach((callers, row) -> json.add(format(
                "\"c%d\": {\"ops\": %.1f, \"p50_ms\": %.3f, \"refusals\": %d, \"failures\": %d}",
                callers, row.ops(), row.p50Ms(), row.refusals(), row.failures())));
        return json.toString();
    }

    private static String met(boolean met) {
        return met ? "met" : "**not met**";
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
