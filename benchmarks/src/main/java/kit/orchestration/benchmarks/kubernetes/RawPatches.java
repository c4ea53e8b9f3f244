package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;

/**
 * The measure of all things: a patch that claims one slot of a Lease, by the JDK's HTTP/2 client and nothing else, with
 * the allocator's service account. Each writer has a Lease of its own, half full on average over many: one patch in 51
 * frees what the fifty before it have claimed.
 */
final class RawPatches {

    private final HttpClient http;
    private final URI server;
    private final String token;
    private final List<BareLease> leases;

    private RawPatches(HttpClient http, URI server, String token, List<BareLease> leases) {
        this.http = http;
        this.server = server;
        this.token = token;
        this.leases = leases;
    }

    /** Makes a namespace with as many Leases as there may be writers; no allocator watches it. */
    static RawPatches prepare(Cluster cluster, int writers) throws InterruptedException {
        String namespace = cluster.namespace("raw");
        try (TestNode node = new TestNode(cluster.plane(), namespace, "node-1")) {
            List<BareLease> leases = new ArrayList<>();
            for (TestPod pod : cluster.pods(node, writers)) {
                leases.add(BareLease.halfFull(cluster.plane().api(), pod, leases.size()));
            }
            HttpClient http = HttpClient.newBuilder()
                    .sslContext(cluster.plane().trust())
                    .version(HttpClient.Version.HTTP_2)
                    .build();
            return new RawPatches(http, cluster.plane().url(), cluster.allocatorToken(namespace), leases);
        }
    }

    /** Writes for that long after the ramp, and adds what counts: all patches, those that free, too. */
    void run(int writers, Duration ramp, Duration counted, Map<String, ProcessHandle> processes, Tally tally)
            throws InterruptedException {
        long from = System.nanoTime() + ramp.toNanos();
        long to = from + counted.toNanos();
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try {
            List<Future<Samples>> futures = new ArrayList<>();
            for (BareLease lease : leases.subList(0, writers)) {
                futures.add(threads.submit(() -> write(lease, from, to)));
            }
            Thread.sleep(ramp.toMillis());
            Usage before = Usage.of(processes);
            Thread.sleep(counted.toMillis());
            tally.used(Usage.of(processes).since(before));
            for (Future<Samples> future : futures) {
                tally.count(future.get());
            }
            tally.time(counted);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a raw patch failed", e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private Samples write(BareLease lease, long from, long to) throws IOException, InterruptedException {
        Samples samples = new Samples();
        while (true) {
            String patch = lease.nextPatch();
            HttpRequest request = HttpRequest.newBuilder(server.resolve(lease.path()))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json-patch+json")
                    .header("Accept", "application/json")
                    .method("PATCH", BodyPublishers.ofString(patch))
                    .build();
            long start = System.nanoTime();
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            long end = System.nanoTime();
            if (answer.statusCode() != 200 || answer.version() != HttpClient.Version.HTTP_2) {
                throw new IOException("a raw patch was answered %s over %s: %s"
                        .formatted(answer.statusCode(), answer.version(), answer.body()));
            }
            if (end >= to) {
                return samples;
            }
            if (end >= from) {
                samples.add(end - start);
            }
        }
    }
}
