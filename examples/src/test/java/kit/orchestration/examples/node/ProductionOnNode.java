package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import kit.orchestration.k8s.KubernetesAllocator;
import kit.orchestration.k8s.PoolScaler;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a studio runs: a copy of {@code deploy} with a namespace of its own and a scaler, and an overlay over {@code
 * production} that says the images, what they run, and less of CPU. The Helm chart makes the same, as its test has it.
 * {@code ./verify --without tests --only ProductionOnNode}.
 */
@ExtendWith(SharedNode.class)
@Timeout(400)
class ProductionOnNode {

    private static final String POOLS = "studio";
    private static final String MATCHMAKERS = "matchmaking";
    private static final Duration LONG = Duration.ofMinutes(3);

    private static final String OVERLAY = """
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources: [deploy/production]
            images:
            - {name: registry.example/game-server, newName: %s, newTag: %s}
            - {name: registry.example/matchmaker, newName: %s, newTag: %s}
            patches:
            - target: {kind: Deployment|StatefulSet}
              patch: |
                - op: replace
                  path: /spec/template/spec/containers/0/resources
                  value: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 512Mi}}
            - target: {kind: Deployment|StatefulSet, name: duel|arena}
              patch: |
                - {op: add, path: /spec/template/spec/containers/0/command, value: %s}
                - {op: add, path: /spec/template/spec/containers/0/volumeMounts/-, value: {name: game, mountPath: %s}}
                - {op: add, path: /spec/template/spec/volumes/-, value: {name: game, configMap: {name: %s}}}
            - target: {kind: Deployment, name: matchmaker}
              patch: |
                - {op: replace, path: /spec/replicas, value: 1}
                - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: ARENA_POOL, value: duel}}
            """;

    @BeforeAll
    static void install(SuiteNode node) throws Exception {
        node.run("sh", "-c", """
                set -e
                mkdir /studio
                cp -r /deploy /studio/deploy
                cd /studio/deploy
                find . -name '*.yaml' -exec sed -i 's/\\(namespace\\|name\\|value\\): orchestration$/\\1: %s/' {} +
                sed -i 's/^# \\(components:\\|- scaler\\)$/\\1/' production/kustomization.yaml
                """.formatted(POOLS));
        String[] game = Node.POD_IMAGE.split(":", -1);
        String[] matchmaker = Node.MATCHMAKER_IMAGE.split(":", -1);
        node.file(
                "/studio/kustomization.yaml",
                OVERLAY.formatted(
                        game[0],
                        game[1],
                        matchmaker[0],
                        matchmaker[1],
                        LedgerJson.write(Workload.COMMAND),
                        Workload.GAME,
                        Workload.GAME_MAP));
        node.run("kubectl", "create", "namespace", POOLS);
        node.administrator().resource(Workload.game(POOLS)).create();
        node.run("kubectl", "apply", "-k", "/studio");
    }

    @AfterAll
    static void remove(SuiteNode node) throws Exception {
        node.run("kubectl", "delete", "namespace", POOLS, MATCHMAKERS, "--wait");
    }

    private static KubernetesAllocator allocator(KubernetesClient client) {
        return KubernetesAllocator.builder()
                .client(client)
                .namespace(POOLS)
                .pools("duel", "arena")
                .build();
    }

    private static KubernetesClient client(SuiteNode node) throws Exception {
        String token = node.allocatorToken(MATCHMAKERS);
        return node.client(POOLS, () -> token);
    }

    private static List<Pod> ready(SuiteNode node, String namespace, String app) {
        return node.administrator().pods().inNamespace(namespace).withLabel("app", app).list().getItems().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .filter(Readiness::isPodReady)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"duel", "arena"})
    void players_from_outside_enter_and_leave(String pool, SuiteNode node) throws Exception {
        try (KubernetesClient client = client(node);
                KubernetesAllocator allocator = allocator(client);
                Guests guests = Guests.fill(allocator, pool, 3)) {
            guests.sayGoodbye();
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(allocator.status(pool).claimed()).hasValue(0));
        }
    }

    @Test
    void its_matchmaker_gives_sessions_from_the_other_namespace(SuiteNode node) throws Exception {
        await().atMost(LONG).until(() -> ready(node, MATCHMAKERS, "matchmaker").size() == 1);
        AskedMatchmaker asked =
                AskedMatchmaker.in(ready(node, MATCHMAKERS, "matchmaker").get(0));
        await().atMost(LONG).until(() -> !ready(node, POOLS, "duel").isEmpty());

        asked.player().close();
        assertThat(node.run("kubectl", "--namespace", MATCHMAKERS, "logs", "deployment/matchmaker"))
                .as("what it says at its start: the image has what the fast signer loads")
                .contains("by AmazonCorrettoCryptoProvider");
    }

    /** By the controllers of a cluster: the budget's, the scaler's and the Deployment's. */
    @Test
    void a_scaler_makes_two_pods_and_of_two_one_may_be_evicted_at_a_time(SuiteNode node) throws Exception {
        try (KubernetesClient client = client(node);
                KubernetesAllocator allocator = allocator(client);
                PoolScaler scaler = PoolScaler.builder(allocator, "duel")
                        .deployment("duel")
                        .pods(2, 2)
                        .start()) {
            await().atMost(LONG).until(() -> ready(node, POOLS, "duel").size() == 2);
            assertThat(scaler.isLeading()).isTrue();
            try (Guests guests = Guests.fill(allocator, "duel", 20)) {
                List<Pod> pods = ready(node, POOLS, "duel");
                await().atMost(LONG).until(() -> !evicted(node, pods.get(0)).contains("disruption budget"));
                assertThat(evicted(node, pods.get(1))).contains("would violate the pod's disruption budget");
                guests.playOn();
                guests.sayGoodbye();
                node.awaitGone(pods.get(0));
            }
            await().atMost(LONG).until(() -> ready(node, POOLS, "duel").size() == 2);
        }
    }

    /** What the API server says to one try. */
    private static String evicted(SuiteNode node, Pod pod) throws Exception {
        String name = pod.getMetadata().getName();
        String eviction = LedgerJson.write(
                Map.of("apiVersion", "policy/v1", "kind", "Eviction", "metadata", Map.of("name", name)));
        node.file("/eviction.json", eviction);
        return node.run(
                "sh",
                "-c",
                "kubectl create --raw /api/v1/namespaces/%s/pods/%s/eviction -f /eviction.json 2>&1 || true"
                        .formatted(POOLS, name));
    }
}
