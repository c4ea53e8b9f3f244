package kit.orchestration.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What was measured. Progress goes to standard error. */
final class Results {

    /** The same heap for all, and large enough for 100,000 pods: its size is not what is measured. */
    private static final String[] HEAP = {"-Xms2g", "-Xmx2g"};

    private static final String BYTES_PER_OP = "gc.alloc.rate.norm";

    /** Of each iteration. */
    private static final class Samples {
        final List<Double> ops = new ArrayList<>();
        final List<Double> bytes = new ArrayList<>();
    }

    private final Map<Case, Samples> samples = new LinkedHashMap<>();

    private Results() {}

    static Results of(List<Case> cases, Effort effort) throws RunnerException {
        Results results = new Results();
        for (int round = 1; round <= effort.rounds(); round++) {
            for (Case each : cases) {
                results.run(each, effort);
                System.err.printf(
                        Locale.ROOT,
                        "round %d/%d  %-32s %d thread%s %,14.0f ops/s%n",
                        round,
                        effort.rounds(),
                        each.label(),
                        each.threads(),
                        each.threads() == 1 ? " " : "s",
                        results.ops(each));
            }
        }
        return results;
    }

    /** Operations per second of all threads together: the median iteration. */
    double ops(Case of) {
        return Quantiles.of(samplesOf(of).ops, 0.5);
    }

    /** A row of the table. */
    String row(Case of) {
        Samples seen = samplesOf(of);
        double ops = ops(of);
        return String.format(
                Locale.ROOT,
                "| %s | %d | %,.0f | %,.0f to %,.0f | %,.0f | %,.0f |",
                of.label(),
                of.threads(),
                ops,
                Quantiles.of(seen.ops, 0.25),
                Quantiles.of(seen.ops, 0.75),
                1e9 * of.threads() / ops,
                Quantiles.of(seen.bytes, 0.5));
    }

    private Samples samplesOf(Case of) {
        Samples seen = samples.get(of);
        if (seen == null) {
            throw new IllegalArgumentException("never ran: " + of);
        }
        return seen;
    }

    private void run(Case each, Effort effort) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(each.benchmark().getName()) + "\\.")
                .mode(Mode.Throughput)
                .forks(1)
                .threads(each.threads())
                .warmupIterations(Effort.WARMUPS)
                .warmupTime(effort.warmup())
                .measurementIterations(effort.iterations())
                .measurementTime(effort.iteration())
                .jvmArgs(HEAP)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        each.parameters().forEach(parameter -> options.param(parameter.name(), parameter.value()));
        Samples seen = samples.computeIfAbsent(each, c -> new Samples());
        for (RunResult run : new Runner(options.build()).run()) {
            for (BenchmarkResult fork : run.getBenchmarkResults()) {
                for (IterationResult iteration : fork.getIterationResults()) {
                    seen.ops.add(iteration.getPrimaryResult().getScore());
                    Result<?> bytes = iteration.getSecondaryResults().get(BYTES_PER_OP);
                    if (bytes != null) {
                        seen.bytes.add(bytes.getScore());
                    }
                }
            }
        }
    }
}
