package kit.orchestration.k8s.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlaneException;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.SessionListener;
import kit.orchestration.testkit.PodSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller of a workload, and the kubelet of its pods: makes pods whose game servers run in this JVM, asks their
 * probes, and takes pods away as Kubernetes would: of a Deployment those that are not ready first, then those whose
 * deletion costs least, and of those that are alike the fullest; of a StatefulSet the highest numbers. A pod that goes
 * dies at once, with its sessions.
 */
final class PlayedReplicaSet implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PlayedReplicaSet.class);
    private static final Duration PERIOD = Duration.ofMillis(100);

    /** A pod that was taken away, and how many sessions it had. */
    record Gone(String name, int sessions) {}

    private record Seen(KubernetesContractPod pod, int ordinal, boolean ready, long cost, int sessions) {}

    private final Cluster cluster;
    private final Workload workload;
    private final String pool;
    private final int capacity;
    private final String name;
    private final Map<String, KubernetesContractPod> pods = new ConcurrentHashMap<>();
    private final Map<String, Integer> ordinals = new ConcurrentHashMap<>();
    private final Map<String, Long> readyNanos = new ConcurrentHashMap<>();
    private final List<Gone> gone = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile int most;
    private volatile Duration lag = Duration.ZERO;
    /** What the workload's status says. */
    private int told;

    /** Of a new workload with so many pods. */
    PlayedReplicaSet(Cluster cluster, Workload workload, String pool, int capacity, int replicas) {
        this.cluster = cluster;
        this.workload = workload;
        this.pool = pool;
        this.capacity = capacity;
        this.name = cluster.workload(workload, pool, capacity, Map.of(), Map.of());
        scale(replicas);
        thread = new Thread(this::run, "replicaset-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    String name() {
        return name;
    }

    /** As {@code kubectl scale} does. */
    void scale(int replicas) {
        admin().mergePatch(path() + "/scale", LedgerJson.write(Map.of("spec", Map.of("replicas", replicas))))
                .ok();
    }

    /** So long after it has decided which pods go it carries that out, whatever is asked for meanwhile. */
    void lag(Duration newLag) {
        lag = newLag;
    }

    int replicas() {
        Object replicas = ((Map<?, ?>) admin().get(path()).ok().json().get("spec")).get("replicas");
        return ((Number) replicas).intValue();
    }

    /** Those that went, in that order. */
    List<Gone> gone() {
        return gone;
    }

    /** The most pods that there ever were at once. */
    int most() {
        return most;
    }

    Map<String, KubernetesContractPod> pods() {
        return pods;
    }

    GameServer server(String pod) {
        return pods.get(pod).server();
    }

    /** Whether the kubelet finds the pod ready now. */
    boolean isReady(String pod) {
        return see(pods.get(pod)).ready();
    }

    /** When the kubelet first found the pod ready, by {@link System#nanoTime}. */
    long readyNanos(String pod) {
        return readyNanos.get(pod);
    }

    private void run() {
        try {
            do {
                try {
                    step();
                } catch (ControlPlaneException e) {
                    log.debug("the next step does it again", e);
                }
            } while (!closed.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void step() throws InterruptedException {
        int wanted = replicas();
        for (int missing = wanted - pods.size(); missing > 0; missing--) {
            make();
        }
        most = Math.max(most, pods.size());
        if (pods.size() > wanted) {
            List<Seen> seen = new ArrayList<>();
            pods.values().forEach(pod -> seen.add(see(pod)));
            seen.sort(order());
            List<Seen> decided = List.copyOf(seen.subList(0, pods.size() - wanted));
            closed.await(lag.toMillis(), TimeUnit.MILLISECONDS);
            decided.forEach(this::take);
        }
        if (told != pods.size()) {
            int now = pods.size();
            admin().mergePatch(path() + "/status", LedgerJson.write(Map.of("status", Map.of("replicas", now))))
                    .ok();
            told = now;
        }
    }

    private void make() {
        int ordinal = 0;
        while (ordinals.containsValue(ordinal)) {
            ordinal++;
        }
        PodSpec spec = new PodSpec(pool, capacity, Map.of(), () -> new SessionListener() {});
        KubernetesContractPod pod = new KubernetesContractPod(cluster, workload, name, ordinal, spec, null);
        ordinals.put(pod.name(), ordinal);
        pods.put(pod.name(), pod);
        pod.ready();
        readyNanos.put(pod.name(), System.nanoTime());
        pod.isProbed(PERIOD);
    }

    private Comparator<Seen> order() {
        return workload == Workload.STATEFUL_SET
                ? Comparator.comparingInt(pod -> -pod.ordinal())
                : Comparator.comparing(Seen::ready)
                        .thenComparingLong(Seen::cost)
                        .thenComparingInt(pod -> -pod.sessions());
    }

    private Seen see(KubernetesContractPod pod) {
        Map<String, Object> object = admin().get("/api/v1/namespaces/" + cluster.namespace() + "/pods/" + pod.name())
                .ok()
                .json();
        Object annotations = ((Map<?, ?>) object.get("metadata")).get("annotations");
        Object cost = ((Map<?, ?>) annotations).get("controller.kubernetes.io/pod-deletion-cost");
        boolean ready = ((List<?>) ((Map<?, ?>) object.get("status")).get("conditions"))
                .stream()
                        .map(condition -> (Map<?, ?>) condition)
                        .anyMatch(condition -> condition.get("type").equals("Ready")
                                && condition.get("status").equals("True"));
        return new Seen(
                pod,
                ordinals.get(pod.name()),
                ready,
                cost == null ? 0 : Long.parseLong(cost.toString()),
                sessions(pod.name()));
    }

    /** By the ledger: claims that nobody has started are sessions, too. */
    private int sessions(String pod) {
        return (int) cluster.held(pool).stream()
                .filter(held -> held.pod().equals(pod))
                .count();
    }

    private void take(Seen seen) {
        String pod = seen.pod().name();
        gone.add(new Gone(pod, sessions(pod)));
        pods.remove(pod);
        ordinals.remove(pod);
        seen.pod().remove();
    }

    /** It goes with its node, say, and another is made in its place. */
    void lose(String pod) {
        KubernetesContractPod lost = pods.remove(pod);
        ordinals.remove(pod);
        lost.remove();
    }

    private Api admin() {
        return cluster.plane().api();
    }

    private String path() {
        return workload.path(cluster.namespace()) + "/" + name;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(Duration.ofSeconds(20).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pods.values().forEach(KubernetesContractPod::close);
        cluster.clear(pool);
    }
}
