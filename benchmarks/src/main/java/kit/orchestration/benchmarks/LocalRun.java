package kit.orchestration.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Runs what {@code benchmarks/local} measures: every case in each of several rounds, each time in a JVM of its own, so
 * that a slow minute of the machine falls on all of them alike. Called by that script, which has checked the arguments:
 * {@code full|quick write|print PAGE}.
 */
public final class LocalRun {

    private static final Case ENGINE_10 = engine("10", "PACKED", 1);
    private static final Case ENGINE_1000 = engine("1000", "PACKED", 1);
    private static final Case ENGINE_100000 = engine("100000", "PACKED", 1);
    private static final Case ENGINE_1000_TWO_THREADS = ENGINE_1000.onThreads(2);
    private static final Case SPREAD_10 = engine("10", "SPREAD", 1);
    private static final Case SPREAD_100000 = engine("100000", "SPREAD", 1);
    private static final Case REQUEST = new Case("building the request alone", RequestBenchmark.class, List.of(), 1);
    private static final Case LOCAL = new Case("Local with tokens, 1,000 pods", LocalBenchmark.class, List.of(), 1);
    private static final Case COMMONS_POOL2 =
            new Case("commons-pool2, keyed", CommonsPool2Benchmark.class, List.of(), 1);
    private static final Case STORMPOT = new Case("Stormpot", StormpotBenchmark.class, List.of(), 1);

    private static final List<Case> ON_ONE_THREAD = List.of(
            ENGINE_10,
            ENGINE_1000,
            ENGINE_100000,
            SPREAD_10,
            engine("1000", "SPREAD", 1),
            SPREAD_100000,
            REQUEST,
            LOCAL,
            COMMONS_POOL2,
            STORMPOT);

    private LocalRun() {}

    /** See above. */
    public static void main(String[] args) throws RunnerException, IOException {
        Effort effort = args[0].equals("full") ? Effort.FULL : Effort.QUICK;
        boolean write = args[1].equals("write");
        String machine = Machine.describe();
        List<Case> cases = new ArrayList<>();
        effort.threads().forEach(threads -> ON_ONE_THREAD.forEach(each -> cases.add(each.onThreads(threads))));
        if (!cases.contains(ENGINE_1000_TWO_THREADS)) {
            cases.add(ENGINE_1000_TWO_THREADS);
        }
        Results results = Results.of(cases, effort);

        String report = report(machine, effort, cases, results);
        if (write) {
            PerformancePage.write(Path.of(args[2]), "benchmarks/local", report);
        }
        System.out.println(report);
        System.out.println(json(results));
    }

    private static Case engine(String pods, String placement, int threads) {
        String label = String.format(
                Locale.ROOT, "engine, %,d pods, %s", Integer.parseInt(pods), placement.toLowerCase(Locale.ROOT));
        return new Case(
                label,
                EngineBenchmark.class,
                List.of(new Case.Parameter("pods", pods), new Case.Parameter("placement", placement)),
                threads);
    }

    private static String report(String machine, Effort effort, List<Case> cases, Results results) {
        StringBuilder page = new StringBuilder();
        page.append(machine).append(" ").append(effort.describe()).append("\n\n");
        page.append(
                "| what | threads | ops/s | half of the iterations within | ns per op | bytes allocated per op |\n");
        page.append("|---|--:|--:|--:|--:|--:|\n");
        for (Case each : cases) {
            page.append(results.row(each)).append('\n');
        }
        page.append('\n');
        page.append(String.format(
                Locale.ROOT,
                "Ratios, one thread: an engine operation with 100,000 pods takes %.2f times as long as with 10 when"
                        + " packed, %.2f when spread; the engine with 1,000 pods, packed, does %.2f times the"
                        + " operations of commons-pool2; two threads do %.2f times the operations of one.",
                results.ops(ENGINE_10) / results.ops(ENGINE_100000),
                results.ops(SPREAD_10) / results.ops(SPREAD_100000),
                results.ops(ENGINE_1000) / results.ops(COMMONS_POOL2),
                results.ops(ENGINE_1000_TWO_THREADS) / results.ops(ENGINE_1000)));
        return page.toString();
    }

    private static String json(Results results) {
        return String.format(
                Locale.ROOT,
                "{\"engine_ops_10\": %.0f, \"engine_ops_1000\": %.0f, \"engine_ops_100000\": %.0f, "
                        + "\"engine_ops_1000_two_threads\": %.0f, \"request_ops\": %.0f, \"local_token_ops\": %.0f,"
                        + " \"commons_pool2_ops\": %.0f, \"stormpot_ops\": %.0f}",
                results.ops(ENGINE_10),
                results.ops(ENGINE_1000),
                results.ops(ENGINE_100000),
                results.ops(ENGINE_1000_TWO_THREADS),
                results.ops(REQUEST),
                results.ops(LOCAL),
                results.ops(COMMONS_POOL2),
                results.ops(STORMPOT));
    }
}
