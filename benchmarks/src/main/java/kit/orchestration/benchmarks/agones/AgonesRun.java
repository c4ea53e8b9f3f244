package kit.orchestration.benchmarks.agones;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import kit.orchestration.agones.standin.StandinMain;
import kit.orchestration.benchmarks.Machine;
import kit.orchestration.benchmarks.PerformancePage;
import kit.orchestration.benchmarks.Progress;
import kit.orchestration.benchmarks.agones.Figures.Run;
import kit.orchestration.benchmarks.agones.Plan.Kind;
import kit.orchestration.benchmarks.kubernetes.HostedPods;
import kit.orchestration.ledger.LedgerJson;

/**
 * Runs what {@code benchmarks/agones} measures. Called by that script: {@code full|quick write|print PAGE MANIFESTS},
 * and the options of a target.
 */
public final class AgonesRun {

    private static final String BENCHMARK = "benchmarks/agones";
    private static final int DEFAULT_BATCH_WAIT_MS = 500;

    private final Plan plan;
    private final Path manifests;
    private final Figures figures = new Figures();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    private AgonesRun(Plan plan, Path manifests) {
        this.plan = plan;
        this.manifests = manifests;
    }

    /** See above. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Options options;
        try {
            options = Options.of(Arrays.asList(args).subList(4, args.length));
        } catch (IllegalArgumentException wrong) {
            System.err.println(BENCHMARK + ": " + wrong.getMessage());
            System.exit(2);
            return;
        }
        Plan plan = args[0].equals("full") ? Plan.FULL : Plan.QUICK;
        String machine = Machine.describe();
        AgonesRun run = new AgonesRun(plan, Path.of(args[3]));
        int batchWait = run.measure(options);
        String report = "%s Rounds: %s; in each, every run counts for %s s after %s s of the same load.%n%n%s%n%s"
                .formatted(
                        machine,
                        plan.rounds(),
                        plan.counted().toSeconds(),
                        plan.ramp().toSeconds(),
                        run.figures.targets(batchWait),
                        run.figures.table().stripTrailing());
        if (args[1].equals("write") && options.target() == null) {
            PerformancePage.write(Path.of(args[2]), BENCHMARK, report);
        }
        System.out.println(report);
        System.out.println(run.figures.json(batchWait));
        System.exit(0);
    }

    /** Returns the batch wait that the targets are for. */
    private int measure(Options options) throws IOException, InterruptedException {
        Target given = options.target();
        if (given == null) {
            for (int round = 1; round <= plan.rounds(); round++) {
                for (int batchWait : Plan.BATCH_WAITS_MS) {
                    Progress.say("round %d/%d  stand-in with batches of %d ms", round, plan.rounds(), batchWait);
                    standin(batchWait);
                }
            }
            leases();
            return DEFAULT_BATCH_WAIT_MS;
        }
        if (options.sidecars().isEmpty()) {
            rounds(given, options.slots());
        } else {
            try (Child pods = new Child(PodsProcess.class, options.sidecars())) {
                rounds(given, Integer.parseInt(pods.firstLine()));
            }
        }
        return Math.toIntExact(given.batchWait().toMillis());
    }

    private void standin(int batchWaitMs) throws IOException, InterruptedException {
        try (Child agones = new Child(StandinMain.class, arguments(batchWaitMs))) {
            Map<String, Object> up = LedgerJson.read(agones.firstLine());
            try (Child pods = new Child(PodsProcess.class, sidecars(up))) {
                Target target =
                        Target.plaintext("localhost:" + up.get("allocator"), "duel", Duration.ofMillis(batchWaitMs));
                all(target, Integer.parseInt(pods.firstLine()));
            }
        }
    }

    /** As many game servers, whose sessions are kept in Leases: of Agones there are only the sidecars. */
    private void leases() throws IOException, InterruptedException {
        Progress.say("starting a control plane, and game servers with their sessions in Leases");
        try (Child agones = new Child(StandinMain.class, arguments(DEFAULT_BATCH_WAIT_MS));
                HostedPods pods = HostedPods.start(
                        manifests,
                        sidecars(LedgerJson.read(agones.firstLine())).stream()
                                .map(Integer::valueOf)
                                .toList(),
                        plan.warmUp())) {
            for (int round = 1; round <= plan.rounds(); round++) {
                pods.measure(plan.ramp(), plan.counted());
            }
            figures.leases(pods);
        }
    }

    private static List<String> arguments(int batchWaitMs) {
        return List.of(
                "--servers",
                Integer.toString(Plan.SERVERS),
                "--capacity",
                Integer.toString(Plan.CAPACITY),
                "--fleet",
                "duel",
                "--batch-wait",
                Integer.toString(batchWaitMs));
    }

    private static List<String> sidecars(Map<String, Object> up) throws IOException {
        if (up.get("sidecars") instanceof Map<?, ?> ports) {
            return ports.values().stream().map(String::valueOf).toList();
        }
        throw new IOException("the stand-in should name its sidecars, said " + up);
    }

    /** The servers' JVM too; what it counts is forgotten. */
    private void warmUp(Target target, int requestsUnderWay, Room room) throws IOException, InterruptedException {
        try (Client client = new OurClient(target)) {
            Load.run(client, requestsUnderWay, plan.warmUp(), Duration.ZERO, room, timer, new Tally());
        }
    }

    private void rounds(Target target, int slots) throws IOException, InterruptedException {
        for (int round = 1; round <= plan.rounds(); round++) {
            Progress.say("round %d/%d  %s, %,d slots", round, plan.rounds(), target.endpoint(), slots);
            all(target, slots);
        }
    }

    private void all(Target target, int slots) throws IOException, InterruptedException {
        Room room = new Room(slots, timer);
        int batchWait = Math.toIntExact(target.batchWait().toMillis());
        int most = Plan.CALLERS.get(Plan.CALLERS.size() - 1);
        warmUp(target, most, room);
        closedLoop(target, Plan.ONE_CALLER, Plan.SINGLE, room);
        for (int callers : Plan.CALLERS) {
            for (Kind kind : Plan.KINDS) {
                closedLoop(target, callers, kind, room);
            }
        }
        for (int rate : Plan.ID_RATES) {
            OpenLoop.Row row = OpenLoop.run(target, rate, plan.counted(), room, timer);
            figures.ids(batchWait, rate, row);
            Progress.say(
                    "%d requests with an id per second: %,d asked, %,d succeeded, p99 %,.0f ms",
                    rate, row.asked(), row.succeeded(), row.p99Ms());
        }
    }

    private void closedLoop(Target target, int callers, Kind kind, Room room) throws IOException, InterruptedException {
        Tally tally = figures.of(new Run(Math.toIntExact(target.batchWait().toMillis()), callers, kind));
        try (Client client = kind.ours() ? new OurClient(target) : new SingleClient(target)) {
            Load.run(client, callers * kind.width(callers), plan.ramp(), plan.counted(), room, timer, tally);
        }
        Progress.say(
                "c%-4d %-22s %,7.0f sessions/s  p50 %,6.0f ms  refused %,d, of them falsely %,d, failed %,d",
                callers,
                kind.name(callers),
                tally.ops(),
                tally.millis(0.5),
                tally.refused(),
                tally.falselyRefused(),
                tally.failed());
    }
}
