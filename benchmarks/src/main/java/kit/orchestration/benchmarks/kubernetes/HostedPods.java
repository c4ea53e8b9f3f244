package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.NoCapacityException;
import kit.orchestration.benchmarks.Progress;

/**
 * Pods that Agones hosts and whose sessions are kept in Leases, measured as those of a Deployment are: the same API
 * server, load and players, and beside them a sidecar for each, which the SDK tells the pod's life.
 */
public final class HostedPods implements AutoCloseable {

    /** How many callers there are in a run. */
    public static final List<Integer> CALLERS = List.of(1, 64, 256);

    private static final int MOST = 256;

    private final Cluster cluster;
    private final PodFleet fleet;
    private final RawPatches raw;
    private final Load load;
    private final Matchmakers matchmakers;
    private final Tally rawPatches = new Tally();
    private final Map<Integer, Tally> tallies = new LinkedHashMap<>();

    /**
     * What one run has shown.
     *
     * @param ops sessions per second
     * @param p50Ms half of the calls took no longer, in milliseconds
     * @param p99Ms 99 of 100 did
     * @param refusals calls that were told that there is no capacity
     * @param failures calls that failed otherwise
     */
    public record Row(double ops, double p50Ms, double p99Ms, int refusals, int failures) {}

    private HostedPods(Cluster cluster, String namespace, List<Integer> sidecars)
            throws IOException, InterruptedException {
        this.cluster = cluster;
        raw = RawPatches.prepare(cluster, 1);
        fleet = new PodFleet(cluster, namespace, sidecars);
        Heard heard = new Heard();
        load = new Load(fleet, new Servers(cluster.plane()), heard, Map.of());
        matchmakers = new Matchmakers(cluster, namespace, 1, heard);
    }

    /**
     * Starts a control plane and the pods, and warms them up; blocks until that is done.
     *
     * @param manifests those that users apply
     * @param sidecars the loopback port of each pod's sidecar
     * @param warmUp for how long
     */
    public static HostedPods start(Path manifests, List<Integer> sidecars, Duration warmUp)
            throws IOException, InterruptedException {
        Cluster cluster = Cluster.start(manifests);
        HostedPods pods = new HostedPods(cluster, cluster.namespace("hosted"), sidecars);
        pods.load.run(pods.matchmakers, MOST, Duration.ZERO, warmUp, new Tally());
        pods.matchmakers.awaitIdle(sidecars.size() * Plan.CAPACITY);
        return pods;
    }

    /** One round: raw patches by one writer, then each number of callers. */
    public void measure(Duration ramp, Duration counted) throws InterruptedException {
        raw.run(1, Duration.ofSeconds(1), counted, Map.of(), rawPatches);
        for (int callers : CALLERS) {
            Tally tally = tallies.computeIfAbsent(callers, number -> new Tally());
            load.run(matchmakers, callers, ramp, counted, tally);
            Row row = row(callers);
            Progress.say(
                    "Leases: c%-4d %,7.0f sessions/s  p50 %.1f ms (raw patch %.1f)  refused %,d, failed %,d",
                    callers, row.ops(), row.p50Ms(), rawP50Ms(), row.refusals(), row.failures());
        }
    }

    /** What half of the raw patches took at most, in milliseconds. */
    public double rawP50Ms() {
        return rawPatches.millis(0.5);
    }

    /** What a number of callers has shown, in all rounds. */
    public Row row(int callers) {
        Tally tally = tallies.get(callers);
        if (tally == null) {
            throw new IllegalArgumentException("callers must be of " + CALLERS + " and measured, was " + callers);
        }
        int refusals = tally.failuresByKind().getOrDefault(NoCapacityException.class.getSimpleName(), 0);
        return new Row(tally.ops(), tally.millis(0.5), tally.millis(0.99), refusals, tally.failures() - refusals);
    }

    @Override
    public void close() {
        matchmakers.close();
        fleet.close();
        cluster.close();
    }
}
