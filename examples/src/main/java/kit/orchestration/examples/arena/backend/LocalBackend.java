package kit.orchestration.examples.arena.backend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.Allocator;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.arena.plant.Plant;
import kit.orchestration.examples.arena.pod.GamePod;
import kit.orchestration.examples.arena.pod.Reception;
import kit.orchestration.examples.arena.record.Journal;
import kit.orchestration.local.LocalAllocator;
import kit.orchestration.local.LocalFailure;
import kit.orchestration.local.LocalPod;
import kit.orchestration.sdk.GameServer;

/** Everything in this process: pods with real sockets on loopback, and slots in memory. */
public final class LocalBackend implements ArenaBackend {

    private static final String POOL = "arena";
    private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(30);
    private static final List<LocalFailure> FAILURES =
            List.of(LocalFailure.CLAIM_REFUSED, LocalFailure.CLAIM_ANSWER_LOST, LocalFailure.CLAIM_NEVER_ARRIVED);

    private final LocalAllocator allocator =
            LocalAllocator.builder().pools(POOL).build();
    private final Map<PodPlan, GamePod> pods = new ConcurrentHashMap<>();
    private final AtomicInteger disturbances = new AtomicInteger();
    private final Plant plant;
    private final Journal journal;

    /**
     * A backend without pods.
     *
     * @param plant what is broken on purpose
     * @param journal where the pods write what they see
     */
    public LocalBackend(Plant plant, Journal journal) {
        this.plant = plant;
        this.journal = journal;
    }

    @Override
    public String name() {
        return "Local";
    }

    @Override
    public String pool() {
        return POOL;
    }

    @Override
    public Allocator allocator() {
        return allocator;
    }

    @Override
    public void start(PodPlan plan) throws IOException {
        Reception reception = GamePod.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), plan.slots());
        LocalPod pod = new LocalPod(reception.address(), plan.slots(), plan.labels());
        allocator.addPod(POOL, pod);
        var server = GameServer.builder().platform(pod.platform());
        pods.put(
                plan,
                GamePod.start(
                        plan.name(),
                        plan.region(),
                        reception,
                        server,
                        door -> lineup().stays(plan) ? plant.door(door) : door,
                        journal::add));
    }

    @Override
    public void retire(PodPlan plan) throws InterruptedException {
        GamePod pod = pods.remove(plan);
        if (pod != null) {
            pod.retire(DRAIN_PATIENCE);
        }
    }

    @Override
    public List<PodAddress> addresses() {
        return pods.values().stream().map(GamePod::address).toList();
    }

    @Override
    public void disturb() {
        allocator.failNext(FAILURES.get(disturbances.getAndIncrement() % FAILURES.size()));
    }

    @Override
    public void close() {
        pods.values().forEach(GamePod::close);
        allocator.close();
    }
}
