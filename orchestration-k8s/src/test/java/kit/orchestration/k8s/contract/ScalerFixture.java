package kit.orchestration.k8s.contract;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import kit.orchestration.k8s.PoolScalerBuilder;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pool that follows its load, on a real API server with the rights of {@code deploy/scaler}: its pods' game servers
 * run in this JVM, and the test plays the controller and the kubelet. Pods of ten slots, a buffer of five.
 */
abstract class ScalerFixture {

    static final int SLOTS = 10;
    static final Duration CALM = Duration.ofSeconds(2);
    static final Duration PATIENCE = Duration.ofSeconds(60);

    static Cluster cluster;

    final Deque<AutoCloseable> closing = new ArrayDeque<>();
    final String pool = "scaled-" + cluster.number();
    final Map<String, List<Session>> sessions = new HashMap<>();
    PlayedReplicaSet controller;
    Cluster where = cluster;

    @BeforeAll
    static void deploy(@TempDir Path folder) throws IOException {
        cluster = new Cluster(ControlPlane.shared());
        grant(cluster, folder, "deploy/scaler, deploy/scaler/cost");
    }

    /** As a user's kustomization has it. */
    static void grant(Cluster cluster, Path folder, String components) throws IOException {
        Path real = folder.toRealPath();
        Path deploy = real.relativize(Path.of(System.getProperty("orchestration.root"), "orchestration-k8s", "deploy")
                .toRealPath());
        Files.writeString(
                real.resolve("kustomization.yaml"),
                "namespace: %s%nresources: [%s]%ncomponents: [%s]%n"
                        .formatted(cluster.namespace(), deploy, components.replace("deploy", deploy.toString())));
        cluster.plane().apply(real);
        String review = LedgerJson.write(Map.of(
                "spec",
                Map.of(
                        "resourceAttributes",
                        Map.of(
                                "namespace",
                                cluster.namespace(),
                                "group",
                                "apps",
                                "resource",
                                "deployments",
                                "subresource",
                                "scale",
                                "verb",
                                "patch"))));
        await().until(() -> cluster.plane()
                .api(cluster.allocatorToken())
                .post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
                .ok()
                .body()
                .contains("\"allowed\":true"));
    }

    @AfterEach
    void close() throws Exception {
        while (!closing.isEmpty()) {
            closing.pop().close();
        }
    }

    void workload(Workload workload, int replicas) {
        controller = new PlayedReplicaSet(where, workload, pool, SLOTS, replicas);
        closing.push(controller);
        await().atMost(PATIENCE).until(() -> controller.pods().size() == replicas);
    }

    KubernetesAllocator allocator(Placement placement) {
        KubernetesClient client = where.client(where.plane().url().toString());
        closing.push(client);
        KubernetesAllocator allocator = KubernetesAllocator.builder()
                .client(client)
                .pools(pool)
                .placement(placement)
                .build();
        closing.push(allocator);
        return allocator;
    }

    PoolScalerBuilder scaler(KubernetesAllocator allocator) {
        return PoolScaler.builder(allocator, pool).pods(0, 12).buffer(5).calm(CALM);
    }

    PoolScaler start(PoolScalerBuilder builder) {
        PoolScaler scaler = builder.start();
        closing.push(scaler);
        return scaler;
    }

    AllocateReq request(Duration maxWait) {
        return AllocateReq.builder(pool).maxWait(maxWait).build();
    }

    void play(Allocation allocation) throws Exception {
        String pod = allocation.annotations().get(Allocation.POD_ANNOTATION);
        sessions.computeIfAbsent(pod, name -> new ArrayList<>())
                .add(controller.server(pod).start(allocation.token()));
    }

    /** Fills all pods alike, and ends sessions until they have these numbers, in the order of their names. */
    List<String> play(KubernetesAllocator allocator, int... numbers) throws Exception {
        List<String> names = controller.pods().keySet().stream()
                .sorted(Comparator.comparing((String name) -> name.length()).thenComparing(Comparator.naturalOrder()))
                .toList();
        for (int i = 0; i < SLOTS * numbers.length; i++) {
            play(allocator.allocate(request(PATIENCE)));
        }
        for (int i = 0; i < numbers.length; i++) {
            end(names.get(i), SLOTS - numbers[i]);
        }
        int all = IntStream.of(numbers).sum();
        await().atMost(PATIENCE).until(() -> where.held(pool).size() == all);
        return names;
    }

    void end(String pod, int count) {
        List<Session> of = sessions.get(pod);
        for (int i = 0; i < count; i++) {
            of.remove(of.size() - 1).close();
        }
    }

    String mark(String pod) {
        Object annotations = ((Map<?, ?>) where.plane()
                        .api()
                        .get(where.leases() + "/" + LedgerNames.lease(pod))
                        .ok()
                        .json()
                        .get("metadata"))
                .get("annotations");
        Object mark = ((Map<?, ?>) annotations).get(LedgerNames.DRAIN);
        return mark == null ? "" : mark.toString();
    }

    List<String> marked(List<String> names) {
        return names.stream().filter(name -> !mark(name).isEmpty()).toList();
    }
}
