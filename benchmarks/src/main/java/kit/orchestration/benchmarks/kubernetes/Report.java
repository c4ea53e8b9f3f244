package kit.orchestration.benchmarks.kubernetes;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** The tables, and the last line. */
final class Report {

    private final StringBuilder page = new StringBuilder();

    private Report() {}

    static String page(String head, Figures figures, LargePool large, Collection<String> processes) {
        Report report = new Report();
        report.line("%s\n", head);
        report.targets(figures);
        report.runs(figures);
        report.cpu(figures, processes);
        report.full(figures);
        report.large(figures, large);
        return report.page.toString().stripTrailing();
    }

    private void targets(Figures figures) {
        line("| what must be shown | target | measured | |");
        line("|---|---|--:|---|");
        Target.of(figures).forEach(target -> line("%s", target.row()));
        line("");
    }

    private void runs(Figures figures) {
        line("| run | ops/s | p50 ms | p99 ms | calls above 5 × p50 | claim writes a session | free writes a session"
                + " | etcd bytes a session | writes lost | failures | pods touched | slots held at most |");
        line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (String run : new String[] {Figures.RAW_1, Figures.RAW_16}) {
            Tally tally = figures.of(run);
            line(
                    "| %s | %,.0f | %.1f | %.1f | %.2f %% | | | | | | | |",
                    run, tally.ops(), tally.millis(0.5), tally.millis(0.99), 100 * tally.slowShare());
        }
        figures.runs()
                .forEach((run, tally) -> line(
                        "| %s | %,.0f | %.1f | %.1f | %.2f %% | %.4f | %.4f | %,.0f | %.2f %% | %s | %d | %,d |",
                        run,
                        tally.ops(),
                        tally.millis(0.5),
                        tally.millis(0.99),
                        100 * tally.slowShare(),
                        Target.claims(tally),
                        Target.frees(tally),
                        tally.writes().perSession(tally.writes().putBytes()),
                        100 * tally.writes().lostShare(),
                        tally.failures() == 0 ? "0" : tally.failuresByKind(),
                        tally.podsTouched(),
                        tally.heldAtMost()));
        line("");
    }

    private void cpu(Figures figures, Collection<String> processes) {
        line("CPU time in cores, and in parentheses in milliseconds for each session:\n");
        line("| run | %s | %s | writes/s, claims + frees |", String.join(" | ", processes), Usage.OTHERS);
        line("|---|%s--:|--:|", "--:|".repeat(processes.size()));
        figures.all().forEach((run, tally) -> {
            StringJoiner row = new StringJoiner(" | ", "| ", " |").add(run);
            for (String process : processes) {
                double seconds = tally.usage().time(process).toNanos() / 1e9;
                row.add(format("%.2f (%.2f)", seconds / tally.seconds(), 1e3 * seconds / tally.calls()));
            }
            row.add(format("%.2f", tally.usage().time(Usage.OTHERS).toNanos() / 1e9 / tally.seconds()));
            row.add(
                    run.startsWith("raw")
                            ? format("%.0f", tally.ops())
                            : format(
                                    "%.0f + %.0f",
                                    Target.claims(tally) * tally.ops(), Target.frees(tally) * tally.ops()));
            line("%s", row);
        });
        line("");
    }

    private void full(Figures figures) {
        Tally full = figures.of(Figures.FULL);
        line(
                "A full pool, %d callers waiting for %d slots that come and go, %,.0f of them served/s:"
                        + " %,.0f refusals/s of %d callers who don't wait, p50 %.1f ms, p99 %.1f ms; claim calls' p99"
                        + " %.1f ms. Before that, while pods that were filled when others had room are told that"
                        + " somebody waits, at most %.0f ms.\n",
                FullPool.WAITING,
                FullPool.CHURNING,
                figures.fullServed(),
                full.ops(),
                FullPool.HASTY,
                full.millis(0.5),
                full.millis(0.99),
                figures.fullClaimMillis(),
                figures.fullLongestBefore());
    }

    private void large(Figures figures, LargePool large) {
        line(
                "%,d pods of %d slots: %,.0f ms from building the allocator to its first allocation; %.1f KB of its"
                        + " heap for each pod, and %,.0f bytes more for each of %,d sessions. A call of"
                        + " `allocateAsync` takes %.1f µs of its thread (median, 1,000 asked for at once), %.1f µs"
                        + " with %d pods.",
                large.pods(),
                Plan.CAPACITY,
                large.firstMillis(),
                large.bytesPerPod() / 1e3,
                large.bytesPerSession(),
                large.sessions(),
                large.pickMicros(),
                figures.pickMicros(),
                Plan.PODS);
    }

    /** One JSON object. */
    static String json(Figures figures) {
        StringJoiner json = new StringJoiner(", ", "{", "}");
        json.add(format("\"raw1_p50_ms\": %.3f", figures.of(Figures.RAW_1).millis(0.5)));
        json.add(format("\"raw16_ops\": %.1f", figures.of(Figures.RAW_16).ops()));
        for (Map.Entry<String, Tally> run : figures.runs().entrySet()) {
            json.add(format("\"%s\": %s", run.getKey(), json(run.getValue())));
        }
        json.add(format(
                "\"full_refusals_p99_ms\": %.3f", figures.of(Figures.FULL).millis(0.99)));
        json.add(format("\"full_claims_p99_ms\": %.3f", figures.fullClaimMillis()));
        json.add(format("\"packed_serial_pods\": %d", figures.packedSerial()));
        json.add(format("\"packed_burst_pods\": %d", figures.packedBurst()));
        json.add(format("\"packed_burst_four_pods\": %d", figures.packedBurstFour()));
        return json.toString().replace("NaN", "null"); // what nobody did has no time, and JSON no NaN
    }

    private static String json(Tally tally) {
        return format(
                "{\"ops\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"claim_writes_per_session\": %.5f, "
                        + "\"free_writes_per_session\": %.5f, \"etcd_bytes_per_session\": %.1f, "
                        + "\"lost_tests_share\": %.5f, \"failures\": %d, \"pods_touched\": %d}",
                tally.ops(),
                tally.millis(0.5),
                tally.millis(0.99),
                Target.claims(tally),
                Target.frees(tally),
                tally.writes().perSession(tally.writes().putBytes()),
                tally.writes().lostShare(),
                tally.failures(),
                tally.podsTouched());
    }

    private void line(String format, Object... values) {
        page.append(format(format, values)).append('\n');
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
