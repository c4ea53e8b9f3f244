package kit.orchestration.k8s.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.PodAddress;
import kit.orchestration.agones.standin.AgonesStandin;
import kit.orchestration.agones.standin.StandinGameServer;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.local.ManualClock;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.GameServerBuilder;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.testkit.ContractPod;
import kit.orchestration.testkit.CrashablePlatform;
import kit.orchestration.testkit.PodSpec;
import org.jspecify.annotations.Nullable;

/**
 * A pod on the API server whose container is a game server in this JVM, with the pod's own token. The test plays the
 * kubelet: it asks {@code /readyz}, and reports what it found.
 *
 * <p>A restart is the container's; where a successor keeps the name, each first of two is the pod's: deleted, and made
 * again with another uid.
 */
final class KubernetesContractPod implements ContractPod {

    /** A process: its network goes with it. */
    private record Life(CrashablePlatform platform, AtomicBoolean dead, GameServer server) {
        void crash() {
            dead.set(true);
            platform.crash();
            server.close();
        }

        /** Its connections end; what it can't write any more takes the platform's time to give up. */
        void dispose() {
            Thread thread = new Thread(platform::dispose, "disposing of a dead process");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static final HttpClient KUBELET =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Cluster cluster;
    private final Workload workload;
    private final String workloadName;
    private final int ordinal;
    private final PodSpec spec;
    private final @Nullable ManualClock clock;
    private final PodAddress address;
    private volatile TestPod pod;
    private volatile Life process;
    private final List<Life> replaced = new CopyOnWriteArrayList<>();
    private int restarts;

    /** A pod whose game server runs; it has not said ready. Without a clock it goes by the system's. */
    KubernetesContractPod(
            Cluster cluster,
            Workload workload,
            String workloadName,
            int ordinal,
            PodSpec spec,
            @Nullable ManualClock clock) {
        this.cluster = cluster;
        this.workload = workload;
        this.workloadName = workloadName;
        this.ordinal = ordinal;
        this.spec = spec;
        this.clock = clock;
        int number = cluster.number();
        PodAddress at = new PodAddress("10.1.%s.%s".formatted(number / 250, 1 + number % 250), Cluster.PORT);
        address = cluster.agones() == null
                ? at.withPort("game", Cluster.PORT).withPort("probes", 8_086)
                : at.withPort("default", Cluster.PORT);
        pod = create();
        process = boot();
    }

    private TestPod create() {
        TestNode node = cluster.node();
        TestPod created = workload == Workload.DEPLOYMENT
                ? node.createOfDeployment(workloadName)
                : node.createOfStatefulSet(workloadName, ordinal);
        node.running(created, address.host());
        if (cluster.agones() != null) {
            host(cluster.agones(), created.name());
        }
        return created;
    }

    private void host(AgonesStandin agones, String name) {
        try {
            agones.addGameServer(StandinGameServer.of(name, spec.pool())
                    .address(address.host())
                    .port(address.port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The sidecar's port for a new process, which is the only one that reaches it from then on. */
    private int sidecar(AgonesStandin agones) {
        try {
            return agones.newGateway(pod.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Life boot() {
        AtomicBoolean dead = new AtomicBoolean();
        String token = cluster.node().token(pod);
        Map<String, String> environment = cluster.node().environment(pod);
        Platform slots = KubernetesPlatform.builder()
                .environment(environment)
                .ca(cluster.plane().caPem())
                .token(() -> {
                    if (dead.get()) {
                        throw new IllegalStateException("the process has crashed");
                    }
                    return token;
                })
                .bootTimeout(Duration.ofSeconds(20))
                .build();
        AgonesStandin agones = cluster.agones();
        CrashablePlatform platform = new CrashablePlatform(
                agones == null
                        ? slots
                        : AgonesPlatform.builder()
                                .port(sidecar(agones))
                                .slots(slots)
                                .build());
        GameServerBuilder builder = GameServer.builder()
                .platform(platform.platform())
                .listener(spec.listener().get())
                .probePort(0)
                .drainOnTermination(false);
        if (clock != null) {
            builder.clock(clock).scheduler(clock.scheduler());
        }
        return new Life(platform, dead, builder.start());
    }

    @Override
    public String name() {
        return pod.name();
    }

    @Override
    public PodAddress address() {
        return address;
    }

    @Override
    public int capacity() {
        return spec.capacity();
    }

    @Override
    public GameServer server() {
        return process.server();
    }

    @Override
    public void ready() {
        server().ready();
        if (cluster.agones() != null) {
            cluster.agones().setState(pod.name(), "Allocated");
        }
        probe();
    }

    @Override
    public void unready() {
        server().unready();
        probe();
    }

    @Override
    public void drain() {
        server().drain();
        probe();
    }

    /** From now on it is asked as often as that, and not only after each word of the test. */
    void isProbed(Duration period) {
        int port = server().probeAddress().orElseThrow().getPort();
        cluster.node().probe(pod, URI.create("http://127.0.0.1:%s/readyz".formatted(port)), period);
    }

    /** What a kubelet does every few seconds. */
    private void probe() {
        int port = server().probeAddress().orElseThrow().getPort();
        HttpRequest readyz = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s/readyz".formatted(port)))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            int status = KUBELET.send(readyz, BodyHandlers.discarding()).statusCode();
            cluster.node().ready(pod, status == 200);
        } catch (IOException e) {
            throw new IllegalStateException("the SDK's probe port did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a probe", e);
        }
    }

    @Override
    public void crash() {
        process.crash(); // the kubelet has not noticed yet
        if (cluster.agones() != null) {
            sidecar(cluster.agones());
        }
    }

    @Override
    public void restart() {
        Life old = process;
        old.crash();
        if (workload == Workload.STATEFUL_SET && restarts++ % 2 == 0) {
            cluster.node().kill(pod);
            pod = create();
        } else {
            cluster.node().ready(pod, false);
        }
        process = boot();
        ready();
        old.dispose();
    }

    /** As when a node is cut off: another container of the same pod runs, and nobody has ended the first. */
    @Override
    public boolean takeOver() {
        replaced.add(process);
        cluster.node().ready(pod, false);
        process = boot();
        return true;
    }

    @Override
    public void remove() {
        crash();
        if (cluster.agones() != null) {
            cluster.agones().deleteGameServer(pod.name());
        }
        cluster.node().kill(pod);
    }

    /** Ends the process; the pod stays on the API server. */
    void close() {
        replaced.add(process);
        replaced.forEach(Life::crash);
        replaced.forEach(Life::dispose);
    }
}
