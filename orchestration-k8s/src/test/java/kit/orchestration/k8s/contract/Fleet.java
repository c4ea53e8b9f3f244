package kit.orchestration.k8s.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.testkit.PodSpec;
import kit.orchestration.testkit.SessionHistory;

/** A pool's pods that go by the system's clock, and the history that they and their callers write. */
final class Fleet implements AutoCloseable {

    private final Cluster cluster;
    private final String pool;
    private final SessionHistory history = new SessionHistory();
    private final Map<String, KubernetesContractPod> pods = new ConcurrentHashMap<>();

    /** An empty pool. */
    Fleet(Cluster cluster) {
        this.cluster = cluster;
        this.pool = "fleet-" + cluster.number();
    }

    /** Adds ready pods. */
    Fleet add(Workload workload, int count, int capacity) {
        String name = cluster.workload(workload, pool, capacity, Map.of(), Map.of());
        for (int i = 0; i < count; i++) {
            // The name is known when its process runs, and before it can be claimed.
            AtomicReference<KubernetesContractPod> made = new AtomicReference<>();
            PodSpec spec = new PodSpec(
                    pool, capacity, Map.of(), () -> history.pod(() -> made.get().name()));
            KubernetesContractPod pod = new KubernetesContractPod(cluster, workload, name, i, spec, null);
            made.set(pod);
            pods.put(pod.name(), pod);
            pod.ready();
        }
        return this;
    }

    String pool() {
        return pool;
    }

    SessionHistory history() {
        return history;
    }

    List<GameServer> servers() {
        List<GameServer> servers = new ArrayList<>();
        pods.values().forEach(pod -> servers.add(pod.server()));
        return servers;
    }

    /**
     * Starts the session as its player would.
     *
     * @throws TokenRefusedException if the pod refuses
     */
    Session start(Allocation allocation) throws InterruptedException {
        String name = Objects.requireNonNull(allocation.annotations().get(Allocation.POD_ANNOTATION));
        Session session = Objects.requireNonNull(pods.get(name)).server().start(allocation.token());
        history.started(name, session);
        return session;
    }

    @Override
    public void close() {
        pods.values().forEach(KubernetesContractPod::close);
        cluster.clear(pool);
    }
}
