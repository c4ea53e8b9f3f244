package kit.orchestration.benchmarks.scaling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import kit.orchestration.benchmarks.PerformancePage;
import kit.orchestration.k8s.scale.ScalePolicy.Buffer;

/**
 * Runs what {@code benchmarks/scaling} shows: each load with each autoscaler, from two hours before midnight on. The
 * same numbers each time. Called by that script: {@code write|print PAGE}.
 */
public final class ScalingRun {

    private static final long SEED = 20_261_129;
    private static final int BEGIN = -2 * DayLoad.HOUR;
    private static final int END = 24 * DayLoad.HOUR;
    private static final int PODS_AT_FIRST = 20;

    private static final List<Supplier<Autoscaler>> AUTOSCALERS = List.of(
            () -> new OurScaler(new Buffer(40, false)),
            () -> new OurScaler(new Buffer(20, true)),
            () -> new BufferScaler(2, false),
            () -> new BufferScaler(20, true),
            () -> new UtilisationScaler(0.8),
            () -> new UtilisationScaler(0.6));

    private ScalingRun() {}

    /** See above. */
    public static void main(String[] args) throws IOException {
        StringBuilder report = new StringBuilder();
        StringBuilder json = new StringBuilder();
        for (DayLoad load : DayLoad.values()) {
            report.append("**")
                    .append(Character.toUpperCase(load.title().charAt(0)))
                    .append(load.title().substring(1))
                    .append(".**\n\n")
                    .append("| who scales | free slots, mean | free for 1 % of the day, at most | had to wait |"
                            + " wait p50 / p99 / max | pods, most | pod-hours | of them held | sessions | cut |\n")
                    .append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
            for (Supplier<Autoscaler> each : AUTOSCALERS) {
                Autoscaler autoscaler = each.get();
                Observations seen = run(load, autoscaler);
                report.append(row(autoscaler.title(), seen)).append('\n');
                json.append(json.isEmpty() ? "{" : ", ").append(json(load, autoscaler, seen));
            }
            report.append('\n');
        }
        String text = report.toString().strip();
        if (args[0].equals("write")) {
            PerformancePage.write(Path.of(args[1]), "benchmarks/scaling", text);
        }
        System.out.println(text);
        System.out.println(json.append('}'));
    }

    /** What comes is the same for all: its randomness is its own. */
    private static Observations run(DayLoad load, Autoscaler autoscaler) {
        Observations seen = new Observations();
        GamePool pool = new GamePool(new Random(SEED + 1), seen, BEGIN, PODS_AT_FIRST);
        Random arrivals = new Random(SEED);
        while (pool.now() < END || pool.waiting() > 0) {
            pool.pass(load, arrivals);
            autoscaler.act(pool);
            pool.control(autoscaler.firstToGo(pool));
        }
        return seen;
    }

    private static String row(String title, Observations seen) {
        return String.format(
                Locale.ROOT,
                "| %s | %.0f | %d | %.1f %% | %d / %d / %d s | %d | %.0f | %.0f %% | %d | %d |",
                title,
                seen.meanFree(),
                seen.fewestFree(),
                seen.waitedPercent(),
                seen.wait(0.5),
                seen.wait(0.99),
                seen.longestWait(),
                seen.mostPods(),
                seen.podHours(),
                seen.usePercent(),
                seen.sessions(),
                seen.cut());
    }

    private static String json(DayLoad load, Autoscaler autoscaler, Observations seen) {
        return String.format(
                Locale.ROOT,
                "\"%s, %s\": {\"wait_p99_s\": %d, \"wait_max_s\": %d, \"pod_hours\": %.1f, \"cut\": %d}",
                load.name().toLowerCase(Locale.ROOT),
                autoscaler.title(),
                seen.wait(0.99),
                seen.longestWait(),
                seen.podHours(),
                seen.cut());
    }
}
