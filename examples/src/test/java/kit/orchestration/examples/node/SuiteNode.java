package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.OAuthTokenProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import kit.orchestration.examples.node.game.PatientGame;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.KubernetesAllocatorBuilder;
import kit.orchestration.ledger.LedgerNames;

/**
 * A node whose pods this machine reaches: it is given routes to their IPs through the nodes for as long as it takes,
 * which needs root, and an engine on this machine. When it closes, the last line that is printed is what became of all
 * loads that its tests had.
 */
final class SuiteNode implements AutoCloseable {

    private final Node node;
    private final KubernetesClient administrator;
    private final KubernetesClient allocators;
    /** The allocators' account's. */
    private volatile String token;

    private final PodLogs logs;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> routes = new ArrayList<>();
    private Outcome total = Outcome.NONE;

    private SuiteNode(Node node) throws IOException, InterruptedException {
        this.node = node;
        administrator = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(node.kubeconfig()))
                .build();
        token = allocatorToken(Node.NAMESPACE);
        allocators = client(Node.NAMESPACE, () -> token);
        administrator.resource(Workload.game(Node.NAMESPACE)).create();
        logs = new PodLogs(administrator);
        route(node.address());
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
        return settings(pool).build();
    }

    /** What that is built from. */
    KubernetesAllocatorBuilder settings(String pool) {
        return KubernetesAllocator.builder()
                .client(allocators)
                .namespace(Node.NAMESPACE)
                .pools(pool);
    }

    /** Adds a node to the cluster, and gives its name. */
    String join() throws IOException, InterruptedException {
        String name = node.join();
        route(node.address(name));
        return name;
    }

    /** A token of the allocators' account in a namespace. */
    String allocatorToken(String namespace) throws IOException, InterruptedException {
        return run("kubectl", "--namespace", namespace, "create", "token", "orchestration-allocator", "--duration=1h")
                .strip();
    }

    /** Whoever has such a token, for pools in a namespace. */
    KubernetesClient client(String namespace, OAuthTokenProvider token) {
        Config known = administrator.getConfiguration();
        Config allocator = new ConfigBuilder(Config.empty())
                .withMasterUrl(known.getMasterUrl())
                .withCaCertData(known.getCaCertData())
                .withNamespace(namespace)
                .withOauthTokenProvider(token)
                .build();
        return new KubernetesClientBuilder().withConfig(allocator).build();
    }

    /** Puts a file onto the first node. */
    void file(String path, String text) {
        node.file(path, text);
    }

    /** Makes it, and waits until all its pods are ready. */
    void start(Workload workload) throws IOException, InterruptedException {
        start(workload.manifest());
    }

    void start(HasMetadata workload) throws IOException, InterruptedException {
        try {
            administrator.resource(administrator.resource(workload).create()).waitUntilReady(120, TimeUnit.SECONDS);
        } catch (KubernetesClientTimeoutException e) {
            throw new AssertionError("its pods did not get ready:\n" + kubectl("get", "pods", "--output", "wide"), e);
        }
    }

    /** Gives its pods another image, and waits until all of them have it. */
    void rollOut(Workload workload, String image) throws IOException, InterruptedException {
        kubectl("set", "image", workload.reference(), "*=" + image);
        kubectl("rollout", "status", workload.reference());
    }

    /** Deletes it, and waits until it is gone, and its pods' Leases with it. */
    void stop(Workload workload) throws IOException, InterruptedException {
        kubectl("delete", workload.reference(), "--cascade=foreground", "--wait");
        awaitNoLease(workload.pool());
    }

    void awaitNoLease(String pool) {
        await().atMost(2, TimeUnit.MINUTES)
                .untilAsserted(() -> assertThat(kubectl(
                                "get", "leases", "--selector", LedgerNames.POOL_LABEL + "=" + pool, "--output", "name"))
                        .isEmpty());
    }

    /** The pods of a pool that are not about to end, by their names. */
    List<Pod> pods(String pool) {
        return pods(LedgerNames.POOL_LABEL, pool);
    }

    /** Those with that label. */
    List<Pod> pods(String label, String value) {
        return administrator.pods().inNamespace(Node.NAMESPACE).withLabel(label, value).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
                .toList();
    }

    /** The only one. */
    Pod pod(String pool) {
        List<Pod> pods = pods(pool);
        assertThat(pods).hasSize(1);
        return pods.get(0);
    }

    /** Waits until it is no more; another of its name may be there. */
    void awaitGone(Pod pod) {
        administrator
                .pods()
                .resource(pod)
                .waitUntilCondition(
                        now -> now == null
                                || !now.getMetadata()
                                        .getUid()
                                        .equals(pod.getMetadata().getUid()),
                        120,
                        TimeUnit.SECONDS);
    }

    /** Tells a pod's game to do something, see PatientGame. */
    void order(Pod pod, String word) throws IOException, InterruptedException {
        HttpRequest order = HttpRequest.newBuilder(
                        URI.create("http://%s:%s/%s".formatted(pod.getStatus().getPodIP(), PatientGame.ORDERS, word)))
                .POST(BodyPublishers.noBody())
                .build();
        assertThat(http.send(order, BodyHandlers.discarding()).statusCode())
                .as(word)
                .isEqualTo(204);
    }

    /** Kills a pod's container as a node that is short of memory does. */
    void kill(Pod pod) throws IOException, InterruptedException {
        String id =
                pod.getStatus().getContainerStatuses().get(0).getContainerID().replace("containerd://", "");
        node.runOn(
                pod.getSpec().getNodeName(),
                "ctr",
                "--namespace",
                "k8s.io",
                "tasks",
                "kill",
                "--signal",
                "SIGKILL",
                id);
    }

    /** STOP holds the kubelet of a pod's node, and CONT lets it go on. */
    void signalKubelet(Pod pod, String signal) throws IOException, InterruptedException {
        node.runOn(pod.getSpec().getNodeName(), "sh", "-c", """
                for process in /proc/[0-9]*; do
                  if [ "$(cat "$process/comm" 2>/dev/null)" = kubelet ]; then
                    kill -%s "${process#/proc/}" && found=yes
                  fi
                done
                [ "$found" = yes ]""".formatted(signal));
    }

    /** As {@link Node#loadPrevious}. */
    void loadPrevious() throws IOException, InterruptedException {
        node.loadPrevious();
    }

    /** Has the cluster go on to another certificate authority, and another key of tokens, as node/image/node says. */
    void rotate(String step) throws IOException, InterruptedException {
        run("/bin/node", "rotate", step);
        token = allocatorToken(Node.NAMESPACE);
    }

    /** What a pod finds in a file beside its token, as it is now. */
    String mounted(Pod pod, String file) throws IOException, InterruptedException {
        return node.runOn(
                pod.getSpec().getNodeName(),
                "sh",
                "-c",
                "cat /var/lib/kubelet/pods/%s/volumes/kubernetes.io~projected/*/%s"
                        .formatted(pod.getMetadata().getUid(), file));
    }

    /** Runs a program on the first node, which must end well; gives what that said. */
    String run(String... command) throws IOException, InterruptedException {
        return node.run(command);
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

    /** To the pods of the node at this address, the next one: by another node the answers would not pass. */
    private void route(String address) throws IOException, InterruptedException {
        ip("add", Node.pods(routes.size()), "via", address);
        routes.add(Node.pods(routes.size()));
    }

    private static void ip(String what, String... route) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip", "route", what));
        command.addAll(List.of(route));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as("%s, which needs root", command)
                .isZero();
    }

    @Override
    public void close() throws IOException {
        try (node;
                administrator;
                allocators;
                logs) {
            for (String route : routes) {
                ip("del", route);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.println(total.line());
    }
}
