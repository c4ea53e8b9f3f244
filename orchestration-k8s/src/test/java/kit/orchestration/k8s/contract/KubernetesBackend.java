package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocketFactory;
import kit.orchestration.Allocator;
import kit.orchestration.local.ManualClock;
import kit.orchestration.testkit.ContractBackend;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.HeldSlot;
import kit.orchestration.testkit.PodSpec;

/**
 * Kubernetes, for its contract: pods and allocators have the rights that the manifests give them, each allocator a
 * network of its own. Calls and claims go by a manual clock; what passes between them and the API server takes the time
 * that it takes.
 */
final class KubernetesBackend implements ContractBackend {

    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    /** Where allocators run. */
    interface Home {
        OpenAllocator open(Cluster cluster, String url, ManualClock clock);
    }

    private record Opened(OpenAllocator open, ApiRelay relay) {}

    private record Shape(String pool, int capacity, Map<String, String> labels) {}

    /** Pods of one shape. */
    private record Made(String workload, AtomicInteger ordinals) {}

    private final Cluster cluster;
    private final Workload workload;
    private final Home home;
    private final SSLSocketFactory tls;
    private final ManualClock clock = new ManualClock();
    private final List<Opened> allocators = new CopyOnWriteArrayList<>();
    private final List<KubernetesContractPod> pods = new CopyOnWriteArrayList<>();
    private final Map<Shape, Made> workloads = new ConcurrentHashMap<>();
    private final Queue<String> pools = new ConcurrentLinkedQueue<>();

    /** Whose allocators run beside the test. */
    static KubernetesBackend inThisProcess(Cluster cluster, Workload workload) {
        return new KubernetesBackend(
                cluster, workload, (in, url, clock) -> new InThisProcess(in.client(url), clock, CALL_TIMEOUT));
    }

    KubernetesBackend(Cluster cluster, Workload workload, Home home) {
        this.cluster = cluster;
        this.workload = workload;
        this.home = home;
        tls = ClusterAuthority.sockets(cluster.plane().caPem());
    }

    @Override
    public String name() {
        return "Kubernetes";
    }

    @Override
    public Map<Integer, String> weakenings() {
        return KubernetesContract.WEAKENINGS;
    }

    @Override
    public String newPool() {
        String pool = "pool-" + cluster.number();
        pools.add(pool);
        return pool;
    }

    @Override
    public Allocator newAllocator() {
        ApiRelay relay = ApiRelay.open(cluster.plane().url(), tls);
        OpenAllocator open = home.open(cluster, relay.url(), clock);
        allocators.add(new Opened(open, relay));
        return open.allocator();
    }

    private Opened opened(Allocator allocator) {
        return allocators.stream()
                .filter(opened -> opened.open().allocator() == allocator)
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void crash(Allocator allocator) {
        Opened dying = opened(allocator);
        allocators.remove(dying);
        dying.relay().close();
        dying.open().die();
        dying.open().dispose();
    }

    /**
     * An allocator whose answer is late looks the claim up, and answers its caller. So it hears nothing at all until
     * the call's time is over, and on until the next {@link #settle()}.
     */
    @Override
    public void loseNextAnswer(Allocator allocator) {
        opened(allocator).relay().loseNextAnswer(() -> advance(CALL_TIMEOUT));
    }

    @Override
    public ContractPod addPod(PodSpec spec) {
        ContractPod pod = addUnreadyPod(spec);
        pod.ready();
        return pod;
    }

    @Override
    public ContractPod addUnreadyPod(PodSpec spec) {
        Made made = workloads.computeIfAbsent(
                new Shape(spec.pool(), spec.capacity(), spec.labels()),
                shape -> new Made(
                        cluster.workload(workload, shape.pool(), shape.capacity(), shape.labels(), Map.of()),
                        new AtomicInteger()));
        KubernetesContractPod pod = new KubernetesContractPod(
                cluster, workload, made.workload(), made.ordinals().getAndIncrement(), spec, clock);
        pods.add(pod);
        return pod;
    }

    @Override
    public void advance(Duration duration) {
        clock.advance(duration);
        allocators.forEach(opened -> opened.open().advance(duration));
    }

    @Override
    public void settle() {
        List<Opened> now = new ArrayList<>(allocators);
        now.forEach(opened -> opened.relay().restore());
        long[] beat = cluster.beat();
        await().atMost(patience())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .untilAsserted(() -> assertThat(now)
                        .as("allocators that have not seen pods of %d and Leases of %d", beat[0], beat[1])
                        .allMatch(opened -> opened.open().hasSeen(beat[0], beat[1])));
    }

    @Override
    public List<HeldSlot> held(String pool) {
        return cluster.held(pool);
    }

    @Override
    public Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    public double scale() {
        return 0.02;
    }

    @Override
    public void close() {
        allocators.forEach(opened -> opened.relay().close());
        allocators.forEach(opened -> opened.open().dispose());
        pods.forEach(KubernetesContractPod::close);
        pools.forEach(cluster::clear);
    }
}
