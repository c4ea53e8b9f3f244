package kit.orchestration.examples.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.NoCapacityException;
import kit.orchestration.examples.arena.net.LineConnection;
import kit.orchestration.examples.arena.net.Words;
import kit.orchestration.k8s.KubernetesAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A Deployment of six pods is rolled out under load: {@code mvn verify -Pimages,k3s -pl examples -am
 * -Dtest=RollingUpdateOnNode}. Players dial the pods' own IPs, to which this machine is given a route through the node,
 * for as long as it takes: so it needs root, and an engine on this machine.
 */
class RollingUpdateOnNode {

    private static final String PODS = "10.42.0.0/16";
    private static final String POOL = "rolled";
    private static final Duration BETWEEN = Duration.ofMillis(20);
    private static final Duration BEFORE = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofSeconds(12);
    /** The game waits for one no longer than 5 s. */
    private static final Duration MOVE = Duration.ofSeconds(3);

    private static final Duration ANSWER = Duration.ofSeconds(20);

    private static Node node;

    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final Queue<String> cut = new ConcurrentLinkedQueue<>();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() throws Exception {
        node = Node.start();
        route("add");
    }

    @AfterAll
    static void close() throws Exception {
        try {
            route("del");
        } finally {
            node.close();
        }
    }

    private static void route(String what) throws IOException, InterruptedException {
        Process ip = new ProcessBuilder("ip", "route", what, PODS, "via", node.address())
                .inheritIO()
                .start();
        assertThat(ip.waitFor()).as("ip route %s", what).isZero();
    }

    @Test
    @Timeout(600)
    void no_session_is_cut_and_nobody_is_refused_while_a_deployment_is_rolled_out() throws Exception {
        Config access = Config.fromKubeconfig(node.kubeconfig());
        try (KubernetesClient admin =
                        new KubernetesClientBuilder().withConfig(access).build();
                KubernetesClient client = allocatorClient(access);
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .namespace(Node.NAMESPACE)
                        .pools(POOL)
                        .build()) {
            Deployment deployment = admin.apps()
                    .deployments()
                    .inNamespace(Node.NAMESPACE)
                    .load(new ByteArrayInputStream(manifest().getBytes(UTF_8)))
                    .create();
            admin.resource(deployment).waitUntilReady(120, TimeUnit.SECONDS);
            CountDownLatch over = new CountDownLatch(1);
            CompletableFuture<Void> load = CompletableFuture.runAsync(() -> load(allocator, over));
            Thread.sleep(BEFORE.toMillis());
            int before = running.get();

            node.run("kubectl", "--namespace", Node.NAMESPACE, "rollout", "restart", "deployment/" + POOL);
            node.run("kubectl", "--namespace", Node.NAMESPACE, "rollout", "status", "deployment/" + POOL);
            Thread.sleep(LONGEST.toMillis());
            over.countDown();
            load.get();

            System.out.printf(
                    Locale.ROOT,
                    "running before: %d%nnode: %d sessions, %d cut, %d lost, %d false refusals%n",
                    before,
                    sessions.get(),
                    cut.size(),
                    lost.size(),
                    refused.size());
            assertThat(List.of(counted(cut), counted(lost), counted(refused)))
                    .as("cut, lost, refused")
                    .containsOnly(Map.of());
        }
    }

    private static Map<String, Long> counted(Collection<String> messages) {
        return messages.stream().collect(Collectors.groupingBy(message -> message, Collectors.counting()));
    }

    private static String manifest() {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: rolled}
                spec:
                  replicas: 6
                  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 2}}
                  selector: {matchLabels: {app: rolled}}
                  template:
                    metadata:
                      labels: {app: rolled, orchestration.kit/pool: rolled}
                      annotations: {orchestration.kit/capacity: "80", orchestration.kit/port: "7777"}
                    spec:
                      serviceAccountName: orchestration-pod
                      terminationGracePeriodSeconds: 60
                      containers:
                      - name: game-server
                        image: orchestration/arena-pod:0.1.0-SNAPSHOT
                        imagePullPolicy: IfNotPresent
                        env:
                        - name: POD_NAME
                          valueFrom: {fieldRef: {fieldPath: metadata.name}}
                        - name: POD_UID
                          valueFrom: {fieldRef: {fieldPath: metadata.uid}}
                        - name: POD_NAMESPACE
                          valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
                        - name: ARENA_POD
                          valueFrom: {fieldRef: {fieldPath: metadata.name}}
                        - {name: ORCHESTRATION_POOL, value: rolled}
                        - {name: ORCHESTRATION_CAPACITY, value: "80"}
                        - {name: ORCHESTRATION_TERMINATION_GRACE_SECONDS, value: "60"}
                        - {name: ORCHESTRATION_PROBE_PORT, value: "8086"}
                        - {name: ARENA_PORT, value: "7777"}
                        - {name: ARENA_REGION, value: here}
                        ports: [{name: game, containerPort: 7777}, {name: probes, containerPort: 8086}]
                        readinessProbe: {httpGet: {path: /readyz, port: probes}, periodSeconds: 2}
                        livenessProbe:
                          httpGet: {path: /healthz, port: probes}
                          periodSeconds: 10
                          terminationGracePeriodSeconds: 10
                        startupProbe: {httpGet: {path: /healthz, port: probes}, periodSeconds: 2, failureThreshold: 60}
                        securityContext:
                          allowPrivilegeEscalation: false
                          readOnlyRootFilesystem: true
                          capabilities: {drop: [ALL]}
                      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
                """;
    }

    private static KubernetesClient allocatorClient(Config access) throws Exception {
        String token = node.run(
                        "kubectl",
                        "--namespace",
                        Node.NAMESPACE,
                        "create",
                        "token",
                        "orchestration-allocator",
                        "--duration",
                        "1h")
                .strip();
        Config allocator = new ConfigBuilder(Config.empty())
                .withMasterUrl(access.getMasterUrl())
                .withCaCertData(access.getCaCertData())
                .withNamespace(Node.NAMESPACE)
                .withOauthToken(token)
                .build();
        return new KubernetesClientBuilder().withConfig(allocator).build();
    }

    /** A call every 20 ms, whatever becomes of the others, and the sessions that it gives. */
    private void load(KubernetesAllocator allocator, CountDownLatch over) {
        Random random = new Random(1);
        ExecutorService players = Executors.newCachedThreadPool();
        try {
            while (!over.await(BETWEEN.toMillis(), TimeUnit.MILLISECONDS)) {
                long millis = 1_000L + random.nextInt((int) LONGEST.toMillis() - 1_000);
                players.execute(() -> call(allocator, millis));
            }
            players.shutdown();
            assertThat(players.awaitTermination(60, TimeUnit.SECONDS))
                    .as("all sessions have ended")
                    .isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException("the load was broken off", e);
        } finally {
            players.shutdownNow();
        }
    }

    private void call(KubernetesAllocator allocator, long millis) {
        try {
            Allocation allocation = allocator.allocate(
                    AllocateReq.builder(POOL).annotation("stones", "999").build());
            sessions.incrementAndGet();
            running.incrementAndGet();
            try {
                play(allocation, millis);
            } finally {
                running.decrementAndGet();
            }
        } catch (NoCapacityException e) {
            refused.add(String.valueOf(e.getMessage()));
        } catch (AllocationException | IOException e) {
            lost.add(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Two players play for so long; then one gets up, and the other hears that it is over. */
    private void play(Allocation allocation, long millis) throws IOException, InterruptedException {
        try (LineConnection other = LineConnection.dial(allocation.podAddress(), ANSWER)) {
            try (LineConnection one = LineConnection.dial(allocation.podAddress(), ANSWER)) {
                one.send(Words.HELLO + " " + allocation.token().encoded() + " one");
                expect(one, Words.WELCOME);
                other.send(Words.HELLO + " " + allocation.token().encoded() + " other");
                expect(other, Words.WELCOME);
                expect(other, Words.START);
                long left = millis;
                for (int move = 0; left > MOVE.toMillis(); move++) {
                    Thread.sleep(MOVE.toMillis());
                    left -= MOVE.toMillis();
                    (move % 2 == 0 ? one : other).send(Words.TAKE + " 1");
                }
                Thread.sleep(left);
            }
            String said = other.read(ANSWER);
            while (said != null && (said.startsWith(Words.TURN) || said.startsWith(Words.TOOK))) {
                said = other.read(ANSWER);
            }
            if (said == null || !said.equals(Words.OVER + " 1")) { // the winner is who has stayed
                cut.add("heard " + said);
            }
        }
    }

    private static void expect(LineConnection server, String word) throws IOException {
        String said = server.read(ANSWER);
        if (said == null || !said.startsWith(word)) {
            throw new IOException(word + " should come, was " + said);
        }
    }
}
