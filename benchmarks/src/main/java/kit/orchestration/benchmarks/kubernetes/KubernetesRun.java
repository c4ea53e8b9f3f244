package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import kit.orchestration.benchmarks.Machine;
import kit.orchestration.benchmarks.PerformancePage;
import kit.orchestration.benchmarks.Progress;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlaneException;

/**
 * Runs what {@code benchmarks/kubernetes} measures. Called by that script, which has checked the arguments:
 * {@code full|quick write|print PAGE MANIFESTS}.
 */
public final class KubernetesRun {

    private static final int WRITERS = 16;
    private static final int FOUR = 4;
    private static final int[] CALLERS = {1, 16, 64, 256};
    private static final int MOST = 256;

    private final Plan plan;
    private final Cluster cluster;
    private final Figures figures = new Figures();
    private final Heard heard = new Heard();

    private KubernetesRun(Plan plan, Cluster cluster) {
        this.plan = plan;
        this.cluster = cluster;
    }

    /** See above. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Plan plan = args[0].equals("full") ? Plan.FULL : Plan.QUICK;
        boolean write = args[1].equals("write");
        String machine = Machine.describe();
        String report;
        String json;
        Progress.say("starting the control plane");
        try (Cluster cluster = Cluster.start(Path.of(args[3]))) {
            KubernetesRun run = new KubernetesRun(plan, cluster);
            report = run.measure(machine);
            json = Report.json(run.figures);
        } catch (ControlPlaneException e) {
            System.err.println("benchmarks/kubernetes: " + e.getMessage());
            System.exit(1);
            return;
        }
        if (write) {
            PerformancePage.write(Path.of(args[2]), "benchmarks/kubernetes", report);
        }
        System.out.println(report);
        System.out.println();
        System.out.println(json);
        // fabric8's threads are no daemons, and may outlive their client by a while.
        System.exit(0);
    }

    private String measure(String machine) throws IOException, InterruptedException {
        Progress.say("starting %d pods", Plan.PODS);
        RawPatches raw = RawPatches.prepare(cluster, WRITERS);
        String namespace = cluster.namespace("bench");
        Map<String, ProcessHandle> processes;
        try (PodFleet fleet = new PodFleet(cluster, namespace)) {
            processes = processes(fleet);
            Load load = new Load(fleet, new Servers(cluster.plane()), heard, processes);
            warmUp(raw, load, processes, namespace);
            for (int round = 1; round <= plan.rounds(); round++) {
                round(round, raw, load, processes, namespace);
            }
            fill(fleet, namespace);
            pack(fleet, namespace);
            Progress.say("pods: %s", fleet.report());
        }
        Progress.say("making %,d pods", plan.largePods());
        LargePool large = LargePool.measure(cluster, plan.largePods(), plan.largeSessions());
        String head = "%s etcd's data %s. %s"
                .formatted(
                        machine,
                        cluster.inMemory() ? "in memory" : "on disk, which is not waited for",
                        plan.describe());
        return Report.page(head, figures, large, processes.keySet());
    }

    private Map<String, ProcessHandle> processes(PodFleet fleet) {
        Map<String, ProcessHandle> processes = new LinkedHashMap<>();
        processes.put("API server", handle(Component.API_SERVER));
        processes.put("etcd", handle(Component.ETCD));
        processes.put("allocators", ProcessHandle.current());
        processes.put("pods", fleet.process());
        return processes;
    }

    private ProcessHandle handle(Component component) {
        return ProcessHandle.of(cluster.plane().pid(component))
                .orElseThrow(() -> new IllegalStateException(component.program() + " is gone"));
    }

    private void warmUp(RawPatches raw, Load load, Map<String, ProcessHandle> processes, String namespace)
            throws InterruptedException {
        Progress.say("warming up");
        raw.run(WRITERS, Duration.ZERO, plan.ramp(), processes, new Tally());
        try (Matchmakers one = new Matchmakers(cluster, namespace, 1, heard)) {
            load.run(one, MOST, Duration.ZERO, plan.warmUp(), new Tally());
            one.awaitIdle(Plan.PODS * Plan.CAPACITY);
        }
    }

    private void round(int round, RawPatches raw, Load load, Map<String, ProcessHandle> processes, String namespace)
            throws InterruptedException {
        Duration counted = plan.counted();
        try (Matchmakers one = new Matchmakers(cluster, namespace, 1, heard)) {
            raw(round, 1, Figures.RAW_1, raw, processes);
            for (int callers : CALLERS) {
                String run = "c" + callers;
                load.run(one, callers, plan.ramp(), counted, figures.of(run));
                tell(round, run);
            }
            one.awaitIdle(Plan.PODS * Plan.CAPACITY);
        }
        try (Matchmakers four = new Matchmakers(cluster, namespace, FOUR, heard)) {
            raw(round, WRITERS, Figures.RAW_16, raw, processes);
            load.run(four, MOST / FOUR, plan.ramp(), counted, figures.of(Figures.FOUR));
            tell(round, Figures.FOUR);
            four.awaitIdle(Plan.PODS * Plan.CAPACITY);
        }
    }

    /**
     * Raw patches, while allocators that were made just now have nothing to do, and no part in it: for as long as they
     * take the pods for others', which those that were closed have filled. Their steady state begins then.
     */
    private void raw(int round, int writers, String run, RawPatches raw, Map<String, ProcessHandle> processes)
            throws InterruptedException {
        long start = System.nanoTime();
        raw.run(writers, Duration.ofSeconds(1), plan.counted(), processes, figures.of(run));
        tell(round, run);
        Thread.sleep(Math.max(0, Plan.HOLD.toMillis() - (System.nanoTime() - start) / 1_000_000));
    }

    private void tell(int round, String run) {
        Tally tally = figures.of(run);
        Progress.say(
                "round %d/%d  %-5s  %,7.0f ops/s  p50 %6.1f ms  p99 %6.1f ms  %s",
                round,
                plan.rounds(),
                run,
                tally.ops(),
                tally.millis(0.5),
                tally.millis(0.99),
                tally.failures() == 0 ? "" : "failures " + tally.failuresByKind());
    }

    private void fill(PodFleet fleet, String namespace) throws IOException, InterruptedException {
        Progress.say("filling the pool");
        try (Matchmakers one = new Matchmakers(cluster, namespace, 1, heard)) {
            Tally refusals = figures.of(Figures.FULL);
            FullPool full = new FullPool(fleet, one, heard, refusals);
            double claims = full.measure(plan.ramp(), plan.counted());
            figures.full(
                    claims,
                    full.longestBefore(),
                    full.served() / (plan.counted().toMillis() / 1e3));
            Progress.say(
                    "full: %,.0f served/s  refusals p50 %.1f ms  p99 %.1f ms; %s",
                    figures.fullServed(), refusals.millis(0.5), refusals.millis(0.99), heard.takeCalls());
            one.awaitIdle(Plan.PODS * Plan.CAPACITY);
        }
    }

    private void pack(PodFleet fleet, String namespace) throws IOException, InterruptedException {
        Packing packing = new Packing(fleet);
        int serial;
        int burst;
        try (Matchmakers one = new Matchmakers(cluster, namespace, 1, heard)) {
            serial = packing.serial(one);
            burst = packing.burst(one, plan.bursts());
        }
        figures.pickMicros(packing.pickMicros());
        try (Matchmakers four = new Matchmakers(cluster, namespace, FOUR, heard)) {
            figures.packed(serial, burst, packing.burst(four, plan.bursts()));
        }
        Progress.say(
                "packing: %d pods one by one, %d at once, %d from four allocators",
                figures.packedSerial(), figures.packedBurst(), figures.packedBurstFour());
    }
}
