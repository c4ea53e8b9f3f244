package kit.orchestration.k8s.contract;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocatorListener;
import kit.orchestration.NoCapacityException;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.Seams;
import org.jspecify.annotations.Nullable;

/** A pool of pods that are written by hand, and allocators behind relays; all by the system's clock. */
final class Bench implements AutoCloseable {

    /** How long a call may take beyond its {@code maxWait}; longer than any news takes, on a busy machine. */
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    private final Cluster cluster;
    private final SSLSocketFactory tls;
    private final String pool;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final Queue<String> pools = new ConcurrentLinkedQueue<>();

    Bench(Cluster cluster) {
        this.cluster = cluster;
        this.tls = ClusterAuthority.sockets(cluster.plane().caPem());
        this.pool = newPool();
    }

    Cluster cluster() {
        return cluster;
    }

    String pool() {
        return pool;
    }

    /** The name of another pool. */
    String newPool() {
        String name = "bench-" + cluster.number();
        pools.add(name);
        return name;
    }

    HandPod pod(int capacity) {
        return new HandPod(cluster, pool, capacity, Map.of());
    }

    HandPod pod(int capacity, Map<String, String> labels) {
        return new HandPod(cluster, pool, capacity, labels);
    }

    AllocateReq request() {
        return AllocateReq.of(pool);
    }

    AllocateReq request(String requestId) {
        return AllocateReq.builder(pool).requestId(requestId).build();
    }

    /** An allocator, and its network. It has listed all that there is. */
    Matchmaker matchmaker() {
        ApiRelay relay = ApiRelay.open(cluster.plane().url(), tls);
        KubernetesClient client = cluster.client(relay.url());
        Writes writes = new Writes();
        KubernetesAllocator allocator = KubernetesAllocator.builder()
                .client(client)
                .pools(pool)
                .callTimeout(CALL_TIMEOUT)
                .listener(writes)
                .build();
        closing.push(relay::close);
        closing.push(client::close);
        closing.push(allocator::close);
        return new Matchmaker(cluster, allocator, relay, writes);
    }

    /** How many pods take no session because of what they, or their Leases, say. */
    static int outOfUse(NoCapacityException error) {
        return error.pods().notReady() + error.pods().misconfigured();
    }

    /** Counts what the allocator wrote. */
    static final class Writes implements AllocatorListener {
        private final AtomicInteger claims = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();

        @Override
        public void backendCall(String pool, String operation, int sessions, Duration took, @Nullable Throwable error) {
            if (operation.equals("claim")) {
                claims.incrementAndGet();
                if (error != null) {
                    failed.incrementAndGet();
                }
            }
        }

        int failed() {
            return failed.get();
        }
    }

    record Matchmaker(Cluster cluster, KubernetesAllocator allocator, ApiRelay relay, Writes writes) {

        Allocation allocate(AllocateReq request) throws InterruptedException {
            return allocator.allocate(request);
        }

        /** Returns when it has seen all that is written by now. */
        Matchmaker settle() {
            long[] beat = cluster.beat();
            await().atMost(Duration.ofSeconds(20))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> Seams.hasSeen(allocator, beat[0], beat[1]));
            return this;
        }
    }

    @Override
    public void close() {
        while (!closing.isEmpty()) {
            closing.pop().run();
        }
        pools.forEach(cluster::clear);
    }
}
