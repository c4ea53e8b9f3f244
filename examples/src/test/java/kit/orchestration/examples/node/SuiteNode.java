package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import kit.orchestration.k8s.KubernetesAllocator;

/**
 * A node whose pods this machine reaches: it is given a route to their IPs through the node for as long as it takes,
 * which needs root, and an engine on this machine. When it closes, the last line that is printed is what became of all
 * loads that its tests had.
 */
final class SuiteNode implements AutoCloseable {

    private static final String PODS = "10.42.0.0/16";

    private final Node node;
    private final KubernetesClient administrator;
    private final KubernetesClient allocators;
    private final PodLogs logs;
    private Outcome total = Outcome.NONE;

    private SuiteNode(Node node) throws IOException, InterruptedException {
        this.node = node;
        administrator = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(node.kubeconfig()))
                .build();
        allocators = allocatorClient();
        administrator.resource(Workload.game()).create();
        logs = new PodLogs(administrator);
        route("add");
    }

    static SuiteNode start() {
        try {
            return new SuiteNode(Node.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the node starts", e);
        }
    }

    KubernetesClient administrator() {
        return administrator;
    }

    /** An allocator of the allocators' account, with its rights and no more. */
    KubernetesAllocator allocator(String pool) {
        return KubernetesAllocator.builder()
                .client(allocators)
                .namespace(Node.NAMESPACE)
                .pools(pool)
                .build();
    }

    private KubernetesClient allocatorClient() throws IOException, InterruptedException {
        String token = kubectl("create", "token", "orchestration-allocator", "--duration", "1h");
        Config known = administrator.getConfiguration();
        Config allocator = new ConfigBuilder(Config.empty())
                .withMasterUrl(known.getMasterUrl())
                .withCaCertData(known.getCaCertData())
                .withNamespace(Node.NAMESPACE)
                .withOauthToken(token.strip())
                .build();
        return new KubernetesClientBuilder().withConfig(allocator).build();
    }

    /** Makes it, and waits until all its pods are ready. */
    void start(Workload workload) throws IOException {
        administrator
                .resource(administrator.resource(workload.manifest()).create())
                .waitUntilReady(120, TimeUnit.SECONDS);
    }

    /** Deletes it, and waits until it is gone. */
    void stop(Workload workload) throws IOException, InterruptedException {
        kubectl("delete", workload.reference(), "--cascade=foreground", "--wait");
    }

    String kubectl(String... arguments) throws IOException, InterruptedException {
        return node.kubectl(arguments);
    }

    /** Counts it in, and fails if anything went wrong. */
    void judge(Outcome outcome) {
        synchronized (this) {
            total = total.plus(outcome);
        }
        assertThat(outcome.isGood())
                .as(outcome.line() + System.lineSeparator() + outcome.wrong())
                .isTrue();
    }

    private void route(String what) throws IOException, InterruptedException {
        Process ip = new ProcessBuilder("ip", "route", what, PODS, "via", node.address())
                .inheritIO()
                .start();
        assertThat(ip.waitFor()).as("ip route %s", what).isZero();
    }

    @Override
    public void close() throws IOException {
        try (node;
                administrator;
                allocators;
                logs) {
            route("del");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.println(total.line());
    }
}
