package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pool that follows its load, on a real API server with the rights of {@code deploy/scaler}: its pods' game servers
 * run in this JVM, and the test plays the controller and the kubelet. Pods of ten slots, a buffer of five.
 */
class Reader8ScalerTest {

    private static final int SLOTS = 10;
    private static final Duration CALM = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static Cluster cluster;

    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private final String pool = "scaled-" + cluster.number();
    private final Map<String, List<Session>> sessions = new HashMap<>();
    private PlayedReplicaSet controller;
    private final Cluster where = cluster;

    @BeforeAll
    static void deploy(@TempDir Path folder) throws IOException {
        cluster = new Cluster(ControlPlane.shared());
        grant(cluster, folder, "deploy/scaler, deploy/scaler/cost");
    }

    /** As a user's kustomization has it. */
    private static void grant(Cluster cluster, Path folder, String components) throws IOException {
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

    private void workload(Workload workload, int replicas) {
        controller = new PlayedReplicaSet(where, workload, pool, SLOTS, replicas);
        closing.push(controller);
        await().atMost(PATIENCE).until(() -> controller.pods().size() == replicas);
    }

    private KubernetesAllocator allocator(Placement placement) {
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

    private PoolScalerBuilder scaler(KubernetesAllocator allocator) {
        return PoolScaler.builder(allocator, pool).pods(0, 12).buffer(5).calm(CALM);
    }

    private PoolScaler start(PoolScalerBuilder builder) {
        PoolScaler scaler = builder.start();
        closing.push(scaler);
        return scaler;
    }

    private AllocateReq request(Duration maxWait) {
        return AllocateReq.builder(pool).maxWait(maxWait).build();
    }

    private void play(Allocation allocation) throws Exception {
        String pod = allocation.annotations().get(Allocation.POD_ANNOTATION);
        sessions.computeIfAbsent(pod, name -> new ArrayList<>())
                .add(controller.server(pod).start(allocation.token()));
    }

    /** Fills all pods alike, and ends sessions until they have these numbers, in the order of their names. */
    private List<String> play(KubernetesAllocator allocator, int... numbers) throws Exception {
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

    private void end(String pod, int count) {
        List<Session> of = sessions.get(pod);
        for (int i = 0; i < count; i++) {
            of.remove(of.size() - 1).close();
        }
    }

    private String mark(String pod) {
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

    private void patch(String path, String labelsOrAnnotations, String key, String text) {
        Map<String, Object> value = new HashMap<>();
        value.put(key, text);
        where.plane()
                .api()
                .mergePatch(path, LedgerJson.write(Map.of("metadata", Map.of(labelsOrAnnotations, value))))
                .ok();
    }

    private String podPath(String name) {
        return "/api/v1/namespaces/" + where.namespace() + "/pods/" + name;
    }

    private String leasePath(String name) {
        return where.leases() + "/" + LedgerNames.lease(name);
    }

    /** docs/ledger.md: "Pod: pool label: no new session; its sessions are found". The scaler takes it for not made. */
    @Test
    void a_pod_of_a_stateful_set_that_was_taken_out_of_its_pool_keeps_its_sessions() throws Exception {
        workload(Workload.STATEFUL_SET, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 1, 1, 2);
        Session first = sessions.get(names.get(2)).get(0);
        patch(podPath(names.get(2)), "labels", LedgerNames.POOL_LABEL, null);

        start(scaler(allocator)
                .pods(1, 3)
                .buffer(0)
                .startTimeout(Duration.ofSeconds(10))
                .statefulSet(controller.name()));

        await().during(Duration.ofSeconds(20))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it has two sessions, the first ended: " + first.ended())
                        .containsKey(names.get(2)));
    }

    /**
     * docs/ledger.md: "the pool label is lost: /readyz says 503 with the reason until it is right again; sessions go
     * on". Its Lease leaves the view, and with it the sessions: the pod is taken for one that never had any.
     */
    @Test
    void a_pod_whose_Lease_has_lost_its_label_keeps_its_sessions() throws Exception {
        workload(Workload.DEPLOYMENT, 2);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 3, 2);
        assertThat(controller.server(names.get(1)).sessions()).hasSize(2);
        patch(leasePath(names.get(1)), "labels", LedgerNames.POOL_LABEL, null);
        await().atMost(PATIENCE).until(() -> !controller.isReady(names.get(1)));
        assertThat(controller.server(names.get(1)).sessions()).hasSize(2);

        start(scaler(allocator)
                .pods(1, 3)
                .buffer(0)
                .startTimeout(Duration.ofSeconds(10))
                .deployment(controller.name()));

        await().during(Duration.ofSeconds(20))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it has two sessions that run")
                        .containsKey(names.get(1)));
    }

    /** One pod whose cost can't be taken back holds up what all wait for. */
    @Test
    void a_cost_that_can_not_be_written_keeps_the_pool_from_growing() throws Exception {
        workload(Workload.DEPLOYMENT, 1);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 10);
        patch(podPath(names.get(0)), "annotations", "controller.kubernetes.io/pod-deletion-cost", "-1000");
        String policies = "/apis/admissionregistration.k8s.io/v1/";
        String policy = "reader8-" + where.namespace();
        where.plane()
                .api()
                .post(
                        policies + "validatingadmissionpolicies",
                        "{\"metadata\":{\"name\":\"" + policy + "\"},\"spec\":{\"failurePolicy\":\"Fail\","
                                + "\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"],"
                                + "\"operations\":[\"UPDATE\"],\"resources\":[\"pods\"],\"resourceNames\":[\""
                                + names.get(0) + "\"]}]},"
                                + "\"validations\":[{\"expression\":\"false\",\"message\":\"frozen\"}]}}")
                .ok();
        closing.push(() -> {
            where.plane().api().delete(policies + "validatingadmissionpolicybindings/" + policy);
            where.plane().api().delete(policies + "validatingadmissionpolicies/" + policy);
        });
        where.plane()
                .api()
                .post(
                        policies + "validatingadmissionpolicybindings",
                        "{\"metadata\":{\"name\":\"" + policy + "\"},\"spec\":{\"policyName\":\"" + policy
                                + "\",\"validationActions\":[\"Deny\"],\"matchResources\":{\"namespaceSelector\":"
                                + "{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"" + where.namespace()
                                + "\"}}}}}")
                .ok();
        AtomicInteger tries = new AtomicInteger();
        await().atMost(PATIENCE)
                .until(() -> where.plane()
                                .api()
                                .mergePatch(
                                        podPath(names.get(0)),
                                        "{\"metadata\":{\"annotations\":{\"x\":\"" + tries.incrementAndGet() + "\"}}}")
                                .status()
                        == 422);

        CompletableFuture<Allocation> waits = allocator.allocateAsync(request(PATIENCE.multipliedBy(2)));
        start(scaler(allocator).buffer(0).deployment(controller.name()));

        assertThat(waits)
                .as("replicas: " + controller.replicas() + ", a request waits, and up to 12 pods may be made")
                .succeedsWithin(Duration.ofSeconds(45));
    }

    /** Each claim and each free is another version of the Lease, and a mark tests that: it is not full, but in use. */
    @Test
    void a_pod_that_was_busy_five_times_is_marked_when_it_is_busy_no_more() throws Exception {
        controller = new PlayedReplicaSet(where, Workload.STATEFUL_SET, pool, 200, 2);
        closing.push(controller);
        await().atMost(PATIENCE).until(() -> controller.pods().size() == 2);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        AtomicBoolean busy = new AtomicBoolean(true);
        AtomicInteger played = new AtomicInteger();
        ExecutorService players = Executors.newFixedThreadPool(8);
        closing.push(players::shutdownNow);
        for (int i = 0; i < 8; i++) {
            players.execute(() -> {
                while (busy.get()) {
                    try {
                        Allocation allocation = allocator.allocate(request(PATIENCE));
                        String pod = allocation.annotations().get(Allocation.POD_ANNOTATION);
                        controller.server(pod).start(allocation.token()).close();
                        played.incrementAndGet();
                    } catch (Exception e) {
                        return;
                    }
                }
            });
        }
        Thread.sleep(3_000);
        ApiRelay relay = ApiRelay.open(
                where.plane().url(), ClusterAuthority.sockets(where.plane().caPem()));
        closing.push(relay);
        relay.delayWrites(() -> Duration.ofMillis(60).toNanos()); // an API server that is not on this machine
        KubernetesClient far = where.client(relay.url());
        closing.push(far);
        KubernetesAllocator beside =
                KubernetesAllocator.builder().client(far).pools(pool).build();
        closing.push(beside);
        start(scaler(beside).pods(1, 2).buffer(0).statefulSet(controller.name()));
        Thread.sleep(60_000);
        String last = controller.name() + "-1";
        System.out.println("READER8 played " + played + ", mark while busy: '" + mark(last) + "'");
        busy.set(false);
        await().atMost(PATIENCE).until(() -> where.held(pool).isEmpty());

        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("nothing is held, one pod would do; mark of the other: '" + mark(last) + "'")
                        .hasSize(1));
    }

    /** "A number of a second ago at most." */
    @Test
    void the_number_of_slots_that_are_needed_is_told_also_while_the_target_can_not_be_read() throws Exception {
        workload(Workload.DEPLOYMENT, 1);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        PoolScaler scaler = start(scaler(allocator).buffer(0).deployment("misspelt"));
        await().atMost(PATIENCE).until(scaler::isLeading);
        await().atMost(PATIENCE).until(() -> scaler.neededSlots().isPresent());
        for (int i = 0; i < 5; i++) {
            play(allocator.allocate(request(PATIENCE)));
        }
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(scaler.neededSlots()).hasValue(5));
    }

    /** One Lease without an owner, and no pod goes any more, and nothing is said. */
    @Test
    void a_Lease_whose_owner_was_taken_away_keeps_no_other_pod_from_going() throws Exception {
        workload(Workload.DEPLOYMENT, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 2, 0, 0);
        where.plane()
                .api()
                .mergePatch(leasePath(names.get(2)), "{\"metadata\":{\"ownerReferences\":null}}")
                .ok();
        await().atMost(PATIENCE).until(() -> !controller.isReady(names.get(2)));

        start(scaler(allocator)
                .pods(1, 3)
                .buffer(0)
                .startTimeout(Duration.ofSeconds(10))
                .deployment(controller.name()));

        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(controller.pods())
                        .as("it is idle, marked by '" + mark(names.get(1)) + "'")
                        .doesNotContainKey(names.get(1)));
    }

    /** The control of the one above: it passes, and shows that nothing else was in the way. */
    @Test
    void with_its_owner_back_the_idle_pod_goes_at_once() throws Exception {
        workload(Workload.DEPLOYMENT, 3);
        KubernetesAllocator allocator = allocator(Placement.SPREAD);
        List<String> names = play(allocator, 2, 0, 0);
        Object owners = ((Map<?, ?>) where.plane()
                        .api()
                        .get(leasePath(names.get(2)))
                        .ok()
                        .json()
                        .get("metadata"))
                .get("ownerReferences");
        where.plane()
                .api()
                .mergePatch(leasePath(names.get(2)), "{\"metadata\":{\"ownerReferences\":null}}")
                .ok();
        await().atMost(PATIENCE).until(() -> !controller.isReady(names.get(2)));
        start(scaler(allocator)
                .pods(1, 3)
                .buffer(0)
                .startTimeout(Duration.ofSeconds(10))
                .deployment(controller.name()));
        await().during(Duration.ofSeconds(30))
                .atMost(PATIENCE)
                .until(() -> controller.pods().containsKey(names.get(1)));
        where.plane()
                .api()
                .mergePatch(
                        leasePath(names.get(2)),
                        LedgerJson.write(Map.of("metadata", Map.of("ownerReferences", owners))))
                .ok();
        await().atMost(Duration.ofSeconds(30)).until(() -> !controller.pods().containsKey(names.get(1)));
        assertThat(controller.server(names.get(0)).sessions()).hasSize(2);
    }
}
