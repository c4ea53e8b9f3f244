package kit.orchestration.benchmarks.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorListener;
import kit.orchestration.k8s.KubernetesAllocator;

/** Allocators of one namespace, each with a client of its own. */
final class Matchmakers implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final List<KubernetesClient> clients = new ArrayList<>();
    private final List<Allocator> allocators = new ArrayList<>();

    Matchmakers(Cluster cluster, String namespace, int number, AllocatorListener listener) {
        for (int i = 0; i < number; i++) {
            KubernetesClient client = cluster.client(namespace);
            clients.add(client);
            allocators.add(KubernetesAllocator.builder()
                    .client(client)
                    .namespace(namespace)
                    .pools(Cluster.POOL)
                    .listener(listener)
                    .build());
        }
    }

    List<Allocator> all() {
        return allocators;
    }

    Allocator first() {
        return allocators.get(0);
    }

    /** Slots that are held, as the first one sees it. */
    int held() {
        return first().status(Cluster.POOL).claimed().orElse(0);
    }

    /** Blocks until each sees that many slots, and none of them held. */
    void awaitIdle(int capacity) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (Allocator allocator : allocators) {
            while (allocator.status(Cluster.POOL).capacity().orElse(0) != capacity
                    || allocator.status(Cluster.POOL).claimed().orElse(0) != 0) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("the pool should have %s slots, all free, but: %s"
                            .formatted(capacity, allocator.status(Cluster.POOL)));
                }
                Thread.sleep(10);
            }
        }
    }

    /**
     * Asks for that many sessions at once, of all allocators in turn, and waits for all of them.
     *
     * @param picks is given what each call took of this thread, in nanoseconds: the request's checks, the pick, the
     *     reservation, and for the first of a write that write's sending
     */
    List<Allocation> allocateAtOnce(int sessions, List<Long> picks) {
        List<CompletableFuture<Allocation>> futures = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            AllocateReq request = Requests.next();
            long start = System.nanoTime();
            futures.add(allocators.get(i % allocators.size()).allocateAsync(request));
            picks.add(System.nanoTime() - start);
        }
        return futures.stream().map(CompletableFuture::join).toList();
    }

    static int pods(List<Allocation> allocations) {
        return (int) allocations.stream().map(PodFleet::pod).distinct().count();
    }

    @Override
    public void close() {
        allocators.forEach(Allocator::close);
        clients.forEach(KubernetesClient::close);
    }
}
