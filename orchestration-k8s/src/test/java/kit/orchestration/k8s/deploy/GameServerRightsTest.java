package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The component for pods of Fleets: what somebody who has broken into one can't do to the GameServers of others. Of
 * Agones there is no more than the resource, and the ClusterRole that its chart gives to sidecars.
 */
class GameServerRightsTest {

    private static final String OTHERS = "a pod changes its own GameServer alone";
    private static final String STATE = "{\"status\": {\"state\": \"Shutdown\"}}";

    private static Deployed deployed;

    private TestPod pod;
    private TestPod other;
    /** With the pod's credentials. */
    private Api api;

    @BeforeAll
    static void deploy(@TempDir Path folder) throws IOException {
        deployed = Deployed.to(ControlPlane.shared());
        Path real = folder.toRealPath();
        Path deploy = real.relativize(Deployed.DEPLOY.toRealPath());
        Files.writeString(real.resolve("agones.yaml"), """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata:
                  name: gameservers.agones.dev
                spec:
                  group: agones.dev
                  scope: Namespaced
                  names: {kind: GameServer, plural: gameservers, singular: gameserver}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata:
                  name: agones-sdk
                rules:
                - apiGroups: [""]
                  resources: [events]
                  verbs: [create, patch]
                - apiGroups: [agones.dev]
                  resources: [gameservers]
                  verbs: [list, patch, watch]
                """);
        Files.writeString(
                real.resolve("kustomization.yaml"),
                "namespace: %s%nresources: [%s, agones.yaml]%ncomponents: [%s/agones]%n"
                        .formatted(deployed.namespace(), deploy, deploy));
        deployed.plane().apply(real);
        await().until(() -> deployed.plane().api().get(gameServers()).status() == 200);
        TestPod probe = gameServer();
        Api unbound = deployed.asNoPod();
        await().until(() -> unbound.mergePatch(path(probe), STATE).body().contains("must be bound to a pod"));
    }

    private static String gameServers() {
        return "/apis/agones.dev/v1/namespaces/" + deployed.namespace() + "/gameservers";
    }

    private static String path(TestPod pod) {
        return gameServers() + "/" + pod.name();
    }

    /** A pod, and its GameServer, which has its name. */
    private static TestPod gameServer() {
        TestPod pod = deployed.pod();
        deployed.plane()
                .api()
                .post(
                        gameServers(),
                        LedgerJson.write(Map.of(
                                "apiVersion",
                                "agones.dev/v1",
                                "kind",
                                "GameServer",
                                "metadata",
                                Map.of("name", pod.name()))))
                .ok();
        return pod;
    }

    @BeforeEach
    void both_have_a_game_server() {
        pod = gameServer();
        other = gameServer();
        api = deployed.as(pod);
    }

    @Test
    void it_changes_its_own_as_the_sidecar_does() {
        assertThat(api.mergePatch(path(pod), STATE).ok().body()).contains("Shutdown");
        assertThat(api.jsonPatch(
                                path(pod),
                                "[{\"op\": \"replace\", \"path\": \"/status/state\", \"value\": \"Allocated\"}]")
                        .ok()
                        .body())
                .contains("Allocated");
        assertThat(api.get(gameServers()).status())
                .as("it lists, to watch its own")
                .isEqualTo(200);
    }

    @Test
    void it_changes_no_other() {
        for (Api.Answer answer : List.of(
                api.mergePatch(path(other), STATE),
                api.mergePatch(path(other), "{\"metadata\": {\"labels\": {\"orchestration.kit/drain\": \"now\"}}}"),
                api.jsonPatch(
                        path(other),
                        "[{\"op\": \"add\", \"path\": \"/metadata/finalizers\", \"value\": [\"a/b\"]}]"))) {
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains(OTHERS);
        }
    }

    @Test
    void a_token_that_is_bound_to_no_pod_changes_none() {
        Api.Answer answer = deployed.asNoPod().mergePatch(path(pod), STATE);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).contains("must be bound to a pod");
    }

    /** Whatever other rights the account has. */
    @Test
    void it_neither_makes_nor_deletes_one() {
        deployed.grant(Deployed.POD, new Right("agones.dev", "gameservers", "delete"), other.name());
        deployed.grant(Deployed.POD, new Right("agones.dev", "gameservers", "create"));

        assertThat(api.delete(path(other)).body()).contains(OTHERS);
        String made = "{\"apiVersion\":\"agones.dev/v1\",\"kind\":\"GameServer\",\"metadata\":{\"name\":\"made-up\"}}";
        assertThat(api.post(gameServers(), made).body()).contains(OTHERS);
    }

    @Test
    void who_has_not_the_role_of_pods_is_not_held() {
        String token = deployed.plane().token(deployed.namespace(), Deployed.ALLOCATOR, Duration.ofHours(1));
        deployed.grant(Deployed.ALLOCATOR, new Right("agones.dev", "gameservers", "patch"), other.name());

        assertThat(deployed.plane()
                        .api(token)
                        .mergePatch(path(other), STATE)
                        .ok()
                        .body())
                .contains("Shutdown");
    }
}
