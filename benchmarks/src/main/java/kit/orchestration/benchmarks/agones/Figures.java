package kit.orchestration.benchmarks.agones;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import kit.orchestration.benchmarks.agones.Plan.Kind;

/** All that was measured: of each batch wait, number of callers, and kind. */
final class Figures {

    /** {@value} by the issue; what the document says was met or not. */
    private static final double TIMES = 10;

    private final Map<Run, Tally> tallies = new LinkedHashMap<>();

    /** One line of the table. */
    record Run(int batchWaitMs, int callers, Kind kind) {}

    Tally of(Run run) {
        return tallies.computeIfAbsent(run, each -> new Tally());
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
        return page.toString();
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
        return json.toString();
    }

    private static String met(boolean met) {
        return met ? "met" : "**not met**";
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
