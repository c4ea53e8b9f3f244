package kit.orchestration.k8s.deploy;

import static kit.orchestration.k8s.deploy.Deployed.ALLOCATOR;
import static kit.orchestration.k8s.deploy.Deployed.DEPLOYMENT;
import static kit.orchestration.k8s.deploy.Deployed.POD;
import static kit.orchestration.k8s.deploy.Deployed.STATEFUL_SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.ControlPlaneException;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The manifests for production, each way on a fresh API server, by the commands of {@code docs/kubernetes.md}: what
 * pods and matchmakers must do works, with the matchmaker's account in a namespace of its own; what they mustn't is
 * answered 403. No controller runs, so budgets are counted by the test.
 */
@ParameterizedClass
@EnumSource
class ProductionTest {

    enum By {
        KUBECTL,
        HELM
    }

    private static final Path PAGE = Path.of("..", "docs", "kubernetes.md");

    private static final String POOLS = "orchestration";
    private static final String MATCHMAKERS = "matchmaking";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long GRACE_SECONDS = 3600;

    @TempDir
    private static Path folder;

    private static ControlPlane plane;
    private static Deployed deployed;

    /** JUnit tells each instance, too, by which way {@link #install} has gone. */
    ProductionTest(By by) {}

    @BeforeParameterizedClassInvocation
    static void install(By by) throws IOException {
        plane = ControlPlane.start();
        switch (by) {
            case KUBECTL -> plane.kubectl(documented("kubectl apply -k " + Deployed.PRODUCTION));
            case HELM -> {
                List<String> install = new ArrayList<>(List.of(documented("helm install ")));
                install.add("--kubeconfig=" + plane.kubeconfig());
                String notes = new Helm(folder).run(install.toArray(String[]::new));
                plane.kubectl(command("kubectl label ", notes));
            }
        }
        deployed = Deployed.inForce(plane, POOLS, MATCHMAKERS);
    }

    /** The docs' command that begins so, as it is from this module. */
    private static String[] documented(String start) throws IOException {
        return command(start, Files.readString(PAGE).replace("orchestration-k8s/deploy", Deployed.DEPLOY.toString()));
    }

    /** The arguments of the text's first command that begins so. */
    private static String[] command(String start, String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(line.indexOf(' ') + 1).split(" "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no '" + start + "' in " + text));
    }

    @AfterParameterizedClassInvocation
    static void end() {
        plane.close();
    }

    /** Without a garbage collector. */
    @AfterEach
    void no_pod_is_left() {
        plane.api().delete(deployed.pods(), "{\"gracePeriodSeconds\": 0}").ok();
        plane.api().delete(deployed.leases()).ok();
    }

    private static TestPod pod(String pool) {
        return pool.equals(DEPLOYMENT) ? deployed.pod() : deployed.pod(0);
    }

    /** From the pod's boot to the session's end, each side with its own account. */
    @ParameterizedTest
    @ValueSource(strings = {DEPLOYMENT, STATEFUL_SET})
    void a_session_is_claimed_from_the_other_namespace_played_and_ended(String pool) throws Exception {
        TestPod pod = pod(pool);
        try (KubernetesClient client = deployed.client(plane.url());
                GameServer server = GameServer.builder()
                        .platform(deployed.sdk(pod).build())
                        .probePort(0)
                        .drainOnTermination(false)
                        .start();
                KubernetesAllocator allocator = KubernetesAllocator.builder()
                        .client(client)
                        .namespace(POOLS)
                        .pools(pool)
                        .build()) {
            server.ready();
            deployed.node().ready(pod, true);
            Allocation allocation = allocator.allocate(
                    AllocateReq.builder(pool).maxWait(PATIENCE).build());

            Session session = server.enter(allocation.token()).get();
            assertThat(session.id()).isEqualTo(allocation.sessionId());
            int slot = session.slot();
            session.close();
            await().until(() -> deployed.lease(pod).isFree(slot));
        }
    }

    static Stream<Right> rights() {
        return Right.of(deployed.rules(ALLOCATOR)).stream().filter(right -> !right.isMark());
    }

    /** By what fails without it: {@link AllocatorRightsTest}. */
    @ParameterizedTest
    @MethodSource("rights")
    void each_right_of_the_allocator_s_role_is_had_from_the_other_namespace(Right right) throws Exception {
        new Scenario(deployed, PATIENCE).needing(right);
    }

    @Test
    void the_allocator_s_account_is_nobody_where_the_pools_are() {
        assertThatThrownBy(() -> plane.token(POOLS, ALLOCATOR, Duration.ofHours(1)))
                .isInstanceOf(ControlPlaneException.class)
                .hasMessageContaining("404");
    }

    @Test
    void the_allocator_may_nothing_in_its_own_namespace_and_writes_no_pods_and_reads_no_nodes_and_no_secrets() {
        Api allocator = deployed.allocator();
        TestPod pod = deployed.pod();

        assertThat(Stream.of(
                        allocator.get("/apis/coordination.k8s.io/v1/namespaces/" + MATCHMAKERS + "/leases"),
                        allocator.get("/api/v1/namespaces/" + MATCHMAKERS + "/pods"),
                        allocator.get("/api/v1/namespaces/" + MATCHMAKERS + "/secrets"),
                        allocator.get("/api/v1/namespaces/" + POOLS + "/secrets"),
                        allocator.get("/api/v1/pods"),
                        allocator.get("/api/v1/nodes"),
                        allocator.delete(pod.path()),
                        allocator.mergePatch(pod.path(), "{\"metadata\": {\"labels\": {\"app\": \"mine\"}}}"),
                        evict(allocator, pod)))
                .extracting(Api.Answer::status)
                .containsOnly(403);
    }

    @Test
    void the_policy_holds_the_allocator_s_account_in_the_other_namespace() {
        Api allocator = deployed.allocator();
        TestPod pod = deployed.pod();
        String leader = "{\"metadata\": {\"name\": \"leader\"}, \"spec\": {\"holderIdentity\": \"me\"}}";

        assertThat(allocator.post(deployed.leases(), leader))
                .satisfies(refused -> assertThat(refused.status()).isEqualTo(403))
                .satisfies(refused -> assertThat(refused.body())
                        .contains("ValidatingAdmissionPolicy 'orchestration-allocator'", "named after their pods"));
        allocator.post(deployed.leases(), LeaseText.of(pod).toString()).ok();
    }

    @Test
    void a_pod_writes_its_own_lease_alone_and_sees_no_matchmaker() {
        TestPod pod = deployed.pod();
        TestPod other = deployed.pod();
        Api api = deployed.as(pod);

        assertThat(api.post(deployed.leases(), LeaseText.of(other).toString()))
                .satisfies(refused -> assertThat(refused.status()).isEqualTo(403))
                .satisfies(refused -> assertThat(refused.body())
                        .contains("ValidatingAdmissionPolicy 'orchestration-pod'", "its own Lease alone"));
        api.post(deployed.leases(), LeaseText.of(pod).toString()).ok();
        assertThat(Stream.of(
                        api.get(deployed.pods()),
                        api.delete(other.path()),
                        api.delete(deployed.leases() + "/" + LedgerNames.lease(pod.name())),
                        evict(api, other),
                        api.get("/apis/coordination.k8s.io/v1/namespaces/" + MATCHMAKERS + "/leases"),
                        api.get("/api/v1/namespaces/" + MATCHMAKERS + "/pods")))
                .extracting(Api.Answer::status)
                .containsOnly(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {DEPLOYMENT, STATEFUL_SET})
    void the_sdk_knows_the_grace_that_the_kubelet_gives(String pool) {
        TestPod pod = pod(pool);

        assertThat(deployed.sdk(pod).build().terminationGrace()).contains(Duration.ofSeconds(GRACE_SECONDS));
        assertThat(Rendered.at(plane.api().get(pod.path()).json(), "spec", "terminationGracePeriodSeconds"))
                .hasToString(String.valueOf(GRACE_SECONDS));
    }

    /** The budget's count is what the disruption controller would write. */
    @ParameterizedTest
    @ValueSource(strings = {DEPLOYMENT, STATEFUL_SET})
    void a_pod_that_is_ready_is_evicted_only_as_its_pool_s_budget_allows_and_then_has_its_grace(String pool) {
        TestPod pod = pod(pool);
        deployed.node().ready(pod, true);

        allowed(pool, 0);
        assertThat(evict(plane.api(), pod).status()).isEqualTo(429);
        allowed(pool, 1);
        evict(plane.api(), pod).ok();
        assertThat(Rendered.at(plane.api().get(pod.path()).json(), "metadata", "deletionGracePeriodSeconds"))
                .hasToString(String.valueOf(GRACE_SECONDS));
    }

    @Test
    void a_pod_that_is_not_ready_may_be_evicted_at_any_time() {
        TestPod pod = deployed.pod();

        allowed(DEPLOYMENT, 0);
        evict(plane.api(), pod).ok();
    }

    private static void allowed(String pool, int disruptions) {
        plane.api()
                .mergePatch(
                        "/apis/policy/v1/namespaces/" + POOLS + "/poddisruptionbudgets/" + pool + "/status",
                        LedgerJson.write(Map.of(
                                "status",
                                Map.of(
                                        "observedGeneration",
                                        1,
                                        "disruptionsAllowed",
                                        disruptions,
                                        "currentHealthy",
                                        2 + disruptions,
                                        "desiredHealthy",
                                        3 - disruptions,
                                        "expectedPods",
                                        3))))
                .ok();
    }

    private static Api.Answer evict(Api api, TestPod pod) {
        return api.post(pod.path() + "/eviction", LedgerJson.write(Map.of("metadata", Map.of("name", pod.name()))));
    }

    /** Pod Security. Those of the manifests are made here, so they keep to it. */
    @ParameterizedTest
    @ValueSource(strings = {POOLS, MATCHMAKERS})
    void a_pod_that_would_be_root_or_the_node_s_is_not_made(String namespace) {
        String root = """
                {"metadata": {"name": "root"},
                 "spec": {"hostNetwork": true, "containers": [{"name": "root", "image": "root"}]}}
                """;

        Api.Answer answer = plane.api().post("/api/v1/namespaces/" + namespace + "/pods", root);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).contains("PodSecurity", "hostNetwork", "runAsNonRoot");
    }

    @Test
    void a_matchmaker_s_pod_is_made_with_the_account_that_may_allocate() {
        TestPod matchmaker = new TestNode(plane, MATCHMAKERS, "node-1").createOfDeployment("matchmaker");

        assertThat(matchmaker.serviceAccount()).isEqualTo(ALLOCATOR);
        assertThat(plane.kubectl("get", "serviceaccounts", "-n", MATCHMAKERS, "-o", "name"))
                .contains(ALLOCATOR)
                .doesNotContain(POD);
    }
}
