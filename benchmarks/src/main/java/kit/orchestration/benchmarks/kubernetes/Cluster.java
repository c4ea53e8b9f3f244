package kit.orchestration.benchmarks.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;

/** A control plane, and namespaces with the manifests that users apply. */
final class Cluster implements AutoCloseable {

    /** The pool of the example Deployment; its pods have {@value Plan#CAPACITY} slots. */
    static final String POOL = "duel";

    private static final String ALLOCATOR = "orchestration-allocator";
    /** The whole of a benchmark. */
    private static final Duration VALIDITY = Duration.ofHours(4);
    /** As many of the preparing requests as the API server gains from. */
    private static final int AT_ONCE = 16;

    private final ControlPlane plane;
    private final Path manifests;

    private Cluster(ControlPlane plane, Path manifests) {
        this.plane = plane;
        this.manifests = manifests;
    }

    /** Blocks until it is ready. */
    static Cluster start(Path manifests) {
        return new Cluster(ControlPlane.start(), manifests);
    }

    ControlPlane plane() {
        return plane;
    }

    /** Whether etcd's data are in memory; they are on disk, not waited for, where memory has no 4 GB to spare. */
    boolean inMemory() {
        return plane.kubeconfig().startsWith("/dev/shm");
    }

    /** A namespace with the accounts, roles and policy of the manifests, and the example Deployment. */
    String namespace(String prefix) {
        String namespace = plane.newNamespace(prefix);
        plane.apply(manifests, namespace);
        plane.apply(manifests.resolve("examples"), namespace);
        return namespace;
    }

    /** The token of a namespace's allocators. */
    String allocatorToken(String namespace) {
        return plane.token(namespace, ALLOCATOR, VALIDITY);
    }

    /** A client as the allocator makes it by default, with HTTP/2 disabled; it has the allocators' service account. */
    KubernetesClient client(String namespace) {
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(plane.url().toString())
                .withCaCertData(Base64.getEncoder().encodeToString(plane.caPem().getBytes(UTF_8)))
                .withOauthToken(allocatorToken(namespace))
                .withNamespace(namespace)
                .withHttp2Disable(true)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** Makes pods of the example Deployment, which run at addresses of their own and are not ready yet. */
    List<TestPod> pods(TestNode node, int number) throws InterruptedException {
        return parallel(number, i -> {
            TestPod pod = node.createOfDeployment(POOL);
            node.running(pod, "10.%s.%s.%s".formatted(i >> 16, i >> 8 & 255, i & 255));
            return pod;
        });
    }

    /** Does something for each number from 0, many at once. */
    static void each(int number, IntConsumer task) throws InterruptedException {
        parallel(number, i -> {
            task.accept(i);
            return i;
        });
    }

    private static <T> List<T> parallel(int number, IntFunction<T> task) throws InterruptedException {
        ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                int index = i;
                futures.add(executor.submit(() -> task.apply(index)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new IllegalStateException("could not prepare the cluster", e.getCause());
        } finally {
            executor.shutdownNow();
        }
    }

    /** Kills the servers, and deletes their data. */
    @Override
    public void close() {
        plane.close();
    }
}
