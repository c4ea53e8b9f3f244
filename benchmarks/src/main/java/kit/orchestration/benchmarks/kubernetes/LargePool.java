package kit.orchestration.benchmarks.kubernetes;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import kit.orchestration.AllocatorListener;
import kit.orchestration.benchmarks.Quantiles;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;

/**
 * A pool of many pods, whose Leases are as the SDK makes them; no SDK runs, so that sessions stay.
 *
 * @param pods how many, each with {@value Plan#CAPACITY} slots
 * @param sessions how many are held at the end
 * @param firstMillis from building the allocator to its first allocation, the list of all pods and Leases in between
 * @param bytesPerPod what the heap has grown by with the allocator and its client, after a full collection
 * @param bytesPerSession what it has grown by since, with the sessions
 * @param pickMicros the median of what {@code allocateAsync} takes of its caller's thread while others are under way:
 *     the request's checks, the pick, the reservation
 */
record LargePool(
        int pods, int sessions, double firstMillis, double bytesPerPod, double bytesPerSession, double pickMicros) {

    /** Asked for at once; the next wave comes when all have been answered. */
    private static final int WAVE = 1_000;

    static LargePool measure(Cluster cluster, int pods, int sessions) throws InterruptedException {
        String namespace = cluster.namespace("large");
        make(cluster, namespace, pods);
        long empty = heap();
        long start = System.nanoTime();
        try (Matchmakers matchmakers = new Matchmakers(cluster, namespace, 1, AllocatorListener.NONE)) {
            matchmakers.first().allocateAsync(Requests.next()).join();
            double firstMillis = (System.nanoTime() - start) / 1e6;
            long full = heap();
            List<Long> picks = new ArrayList<>();
            while (picks.size() < sessions) {
                matchmakers.allocateAtOnce(Math.min(WAVE, sessions - picks.size()), picks);
            }
            long claimed = heap();
            return new LargePool(
                    pods,
                    matchmakers.held(),
                    firstMillis,
                    (double) (full - empty) / pods,
                    (double) (claimed - full) / sessions,
                    Quantiles.of(picks, 0.5) / 1e3);
        }
    }

    private static void make(Cluster cluster, String namespace, int number) throws InterruptedException {
        try (TestNode node = new TestNode(cluster.plane(), namespace, "node-1")) {
            List<TestPod> pods = cluster.pods(node, number);
            Cluster.each(number, i -> {
                BareLease.create(cluster.plane().api(), pods.get(i));
                node.ready(pods.get(i), true);
            });
        }
    }

    /** What is used after full collections, as soon as it shrinks no more: buffers of lists read are let go in time. */
    private static long heap() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            Thread.sleep(300);
            System.gc();
            long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            if (used < least - least / 1_000) {
                i = 0;
            }
            least = Math.min(least, used);
        }
        return least;
    }
}
