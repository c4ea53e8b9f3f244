package kit.orchestration.examples.arena.backend.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.Allocator;
import kit.orchestration.PodAddress;
import kit.orchestration.controlplane.Ports;
import kit.orchestration.examples.arena.backend.ArenaBackend;
import kit.orchestration.examples.arena.backend.PodPlan;
import kit.orchestration.examples.arena.backend.process.PodHost;
import kit.orchestration.examples.arena.record.Journal;
import kit.orchestration.k8s.KubernetesAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Pods on a real API server. The allocator is in this process, with the allocator's service account, and a network that
 * fails now and then; each pod is a process of its own, with a token of the pods' service account that is bound to it.
 */
public final class KubernetesBackend implements ArenaBackend {

    private static final String ALLOCATOR = "orchestration-allocator";
    /** They are idle by then, or Ctrl-C has been told to them, too. */
    private static final Duration END = Duration.ofSeconds(5);

    private final Cluster cluster;
    private final String pool;
    private final String run;
    private final @Nullable String image;
    private final String plant;
    private final Journal journal;
    private final @Nullable String ca;
    private final KubernetesClient admin;
    private final Kubelet kubelet;
    private final Relay relay;
    private final KubernetesClient client;
    private final KubernetesAllocator allocator;
    private final Ports ports = new Ports(new SecureRandom());
    /** Those that are ready, and not about to end. */
    private final Map<PodPlan, ArenaPod> pods = new ConcurrentHashMap<>();
    /** All that there ever were. */
    private final Queue<ArenaPod> hosted = new ConcurrentLinkedQueue<>();

    /** Of the node, where players dial pods that a kubelet runs: the next. */
    private final AtomicInteger hostPorts = new AtomicInteger(31_000);

    private final AtomicInteger disturbances = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread hook = new Thread(this::end, "arena-clean");

    private KubernetesBackend(Cluster cluster, String run, @Nullable String image, String plant, Journal journal)
            throws IOException {
        this.cluster = cluster;
        this.run = run;
        this.image = image;
        this.plant = plant;
        this.journal = journal;
        pool = "arena-" + run;
        ca = ca(cluster.access());
        admin = new KubernetesClientBuilder().withConfig(cluster.access()).build();
        kubelet = new Kubelet(admin, cluster.namespace(), run);
        relay = new Relay();
        // Before anything is made there; what this constructor has not come to yet is null then, which 'try' passes
        // over.
        Runtime.getRuntime().addShutdownHook(hook);
        client = new KubernetesClientBuilder().withConfig(allocatorAccess()).build();
        allocator = KubernetesAllocator.builder()
                .client(client)
                .namespace(cluster.namespace())
                .pools(pool)
                .build();
    }

    /**
     * A backend without pods. It cleans up after itself, whatever ends this process but SIGKILL.
     *
     * @param cluster where it is; closed with this, or by its own shutdown hook if this fails
     * @param image what the pods' containers run, as {@link ContainerMain} does; empty for pods that are processes here
     * @param plant the fault that is built into a pod; empty for none
     * @param journal where the pods' events go
     * @throws IOException if the cluster can't be reached, or refuses
     */
    public static KubernetesBackend open(Cluster cluster, Optional<String> image, String plant, Journal journal)
            throws IOException {
        String run = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
        try {
            return new KubernetesBackend(cluster, run, image.orElse(null), plant, journal);
        } catch (KubernetesClientException e) {
            throw HostedPod.told(e);
        }
    }

    /**
     * As a matchmaker in the cluster has it: a token that is bound to its Pod, and no other right. Where kubelets run,
     * a Pod that none of them runs is soon deleted, and its token would be void: there the token is bound to nothing.
     */
    private Config allocatorAccess() {
        String token;
        try {
            token = image == null
                    ? kubelet.token(kubelet.create("matchmaker", ALLOCATOR, Map.of(), Map.of()))
                    : kubelet.token(ALLOCATOR);
        } catch (KubernetesClientException e) {
            close();
            throw e;
        }
        Config access = cluster.access();
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(access.getMasterUrl())
                .withCaCertData(access.getCaCertData())
                .withCaCertFile(access.getCaCertFile())
                .withNamespace(cluster.namespace())
                .withOauthToken(token)
                .withHttpsProxy(relay.url())
                .build();
    }

    private static @Nullable String ca(Config access) throws IOException {
        if (access.getCaCertData() != null) {
            return new String(Base64.getDecoder().decode(access.getCaCertData()), UTF_8);
        }
        return access.getCaCertFile() != null ? Files.readString(Path.of(access.getCaCertFile())) : null;
    }

    @Override
    public String name() {
        return cluster.name();
    }

    @Override
    public String pool() {
        return pool;
    }

    @Override
    public Allocator allocator() {
        return allocator;
    }

    @Override
    public void start(PodPlan plan) throws IOException, InterruptedException {
        // Each process builds in a fault of its own, so only one is told to.
        String planted = lineup().planted().contains(plan) ? plant : "";
        try {
            ArenaPod pod = image == null ? hostedHere(plan, planted) : contained(plan, image, planted);
            hosted.add(pod);
            pod.awaitReady();
            pods.put(plan, pod);
        } catch (KubernetesClientException e) {
            throw HostedPod.told(e);
        }
    }

    private HostedPod hostedHere(PodPlan plan, String planted) throws IOException {
        String apiServer = cluster.access().getMasterUrl().replaceFirst("/$", "");
        Map<String, String> node = Map.of(PodVariables.API_SERVER, apiServer, PodHost.PLANT, planted);
        return new HostedPod(kubelet, plan, pool, ports.free(), ca, node, journal::add);
    }

    private ContainerPod contained(PodPlan plan, String containers, String planted) {
        int hostPort = hostPorts.getAndIncrement();
        return new ContainerPod(
                admin, cluster.namespace(), run, plan, pool, containers, hostPort, planted, journal::add);
    }

    @Override
    public void retire(PodPlan plan) throws IOException, InterruptedException {
        ArenaPod pod = pods.remove(plan);
        if (pod != null) {
            pod.retire();
        }
    }

    @Override
    public List<PodAddress> addresses() {
        return pods.values().stream().map(ArenaPod::address).toList();
    }

    @Override
    public void disturb() {
        switch (disturbances.getAndIncrement() % 4) {
            case 0 -> relay.fail(Relay.Failure.ANSWER_LOST);
            case 1 -> relay.fail(Relay.Failure.REQUEST_LOST);
            case 2 -> {
                if (!cluster.freeze()) {
                    relay.fail(Relay.Failure.CUT);
                }
            }
            default -> relay.fail(Relay.Failure.CUT);
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends: it has begun to run the hook.
        }
    }

    private void end() {
        if (closed.getAndSet(true)) {
            return;
        }
        try (ports;
                cluster;
                admin;
                relay;
                client;
                allocator) {
            // Told to all before any is waited for.
            hosted.forEach(ArenaPod::tellToEnd);
            for (ArenaPod pod : hosted) {
                pod.end(END);
            }
            if (!cluster.isOurs()) {
                kubelet.clean();
            }
        } catch (IOException | KubernetesClientException e) {
            System.err.println("arena: not everything is cleaned up: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
