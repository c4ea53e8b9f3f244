package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestNode;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests as Kustomize makes them: as they are, and in a user's overlay. */
class ManifestsTest {

    private static final ControlPlane PLANE = ControlPlane.shared();

    @TempDir
    private Path folder;

    private String build(Path kustomization) {
        return PLANE.kubectl("kustomize", kustomization.toString());
    }

    /** An overlay of the manifests and the examples. */
    private Path overlay(String namespace, String more) throws IOException {
        Path real = folder.toRealPath();
        Path deploy = real.relativize(Deployed.DEPLOY.toRealPath());
        Files.writeString(
                real.resolve("kustomization.yaml"),
                "namespace: %s%nresources: [%s, %s/examples]%n%s%n".formatted(namespace, deploy, deploy, more));
        return real;
    }

    @Test
    void they_make_what_a_cluster_needs_before_its_first_pool() {
        assertThat(build(Deployed.DEPLOY))
                .contains(
                        "kind: Namespace",
                        "kind: ServiceAccount",
                        "kind: Role",
                        "kind: RoleBinding",
                        "kind: ValidatingAdmissionPolicy",
                        "kind: ValidatingAdmissionPolicyBinding")
                .doesNotContain("kind: Cluster", "kind: Deployment", "image:");
        assertThat(build(Deployed.EXAMPLES))
                .contains("kind: Deployment", "kind: StatefulSet", "image: registry.example/");
    }

    @Test
    void they_are_applied_by_the_commands_that_stand_in_them() {
        PLANE.kubectl("apply", "-k", Deployed.DEPLOY.toString());
        PLANE.kubectl("apply", "-k", Deployed.EXAMPLES.toString());

        assertThat(PLANE.kubectl(
                        "get", "deployments,statefulsets,serviceaccounts", "-n", "orchestration", "-o", "name"))
                .contains(
                        "deployment.apps/duel",
                        "deployment.apps/matchmaker",
                        "statefulset.apps/arena",
                        "serviceaccount/orchestration-allocator",
                        "serviceaccount/orchestration-pod");
    }

    @Test
    void another_namespace_is_all_that_an_overlay_must_say() throws IOException {
        assertThat(build(overlay("eu", "")))
                .contains("kind: Namespace\nmetadata:\n  name: eu\n", "namespace: eu")
                .doesNotContain("namespace: orchestration", "name: orchestration\n");
    }

    /** The policy knows nobody's name, so an overlay that renames all loses no guard. */
    @Test
    void two_installations_of_one_cluster_each_have_a_policy_of_their_own_if_they_wish() throws IOException {
        String namespace = PLANE.newNamespace("suffixed");
        PLANE.apply(overlay(namespace, "nameSuffix: -" + namespace));

        String accounts = "orchestration-pod-" + namespace;
        TestPod pod = new TestNode(PLANE, namespace, "node-1").createOfDeployment("duel-" + namespace);
        assertThat(pod.serviceAccount()).isEqualTo(accounts);
        Api api = PLANE.api(new TestNode(PLANE, namespace, "node-1").token(pod));
        String leases = "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases?dryRun=All";
        String foreign =
                LeaseText.of(pod).with("name", LedgerNames.lease("another")).toString();
        assertThat(PLANE.kubectl(
                        "get", "validatingadmissionpolicybinding", accounts, "-o", "jsonpath={.spec.policyName}"))
                .isEqualTo(accounts);
        // By this policy, or by that of another test's installation: each holds all who have the role, wherever.
        await().untilAsserted(() ->
                assertThat(api.post(leases, foreign).body()).contains("ValidatingAdmissionPolicy 'orchestration-pod"));
        assertThat(api.post(leases, LeaseText.of(pod).toString()).status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deployment.yaml", "statefulset.yaml"})
    void the_sdk_is_told_the_grace_that_the_kubelet_gives(String file) {
        Map<String, Object> spec = podSpec(file);
        Map<String, Object> container = container(spec);

        assertThat(list(container, "env"))
                .contains(Map.of(
                        "name",
                        "ORCHESTRATION_TERMINATION_GRACE_SECONDS",
                        "value",
                        spec.get("terminationGracePeriodSeconds").toString()));
        assertThat(spec).containsEntry("serviceAccountName", Deployed.POD);
    }

    /** Of both ways on Agones; whose sessions are in Leases has what a pod on Kubernetes has, too. */
    @ParameterizedTest
    @ValueSource(strings = {"deploy/agones/fleet.yaml", "../orchestration-agones/deploy/fleet.yaml"})
    void the_sdk_in_a_fleet_is_told_the_grace_that_the_kubelet_gives(String file) throws IOException {
        Map<String, Object> fleet =
                Rendered.object(new KubernetesSerialization().unmarshal(Files.readString(Path.of(file)), Map.class));
        Map<String, Object> pods = Rendered.object(Rendered.at(fleet, "spec", "template", "spec", "template"));
        Map<String, Object> spec = object(pods, "spec");
        List<Map<String, Object>> environment = list(container(spec), "env");

        assertThat(environment)
                .contains(Map.of(
                        "name",
                        "ORCHESTRATION_TERMINATION_GRACE_SECONDS",
                        "value",
                        spec.get("terminationGracePeriodSeconds").toString()));
        assertThat(Rendered.at(fleet, "spec", "allocationOverflow", "labels"))
                .isEqualTo(Map.of(AgonesNames.DRAIN_LABEL, "overflow"));
        if (environment.size() > 1) {
            assertThat(environment)
                    .containsAll(list(container(podSpec("deployment.yaml")), "env").stream()
                            .filter(variable -> variable.containsKey("valueFrom"))
                            .toList());
            assertThat(spec).containsEntry("serviceAccountName", Deployed.POD);
            assertThat(Rendered.at(fleet, "spec", "template", "spec", "counters", AgonesNames.COUNTER, "capacity"))
                    .hasToString(Rendered.at(pods, "metadata", "annotations", LedgerNames.CAPACITY_ANNOTATION)
                            .toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"deployment.yaml", "statefulset.yaml"})
    void the_kubelet_asks_where_the_sdk_answers(String file) {
        Map<String, Object> container = container(podSpec(file));

        assertThat(container.get("readinessProbe").toString()).contains("path=/readyz", "port=probes");
        assertThat(container.get("livenessProbe").toString()).contains("path=/healthz", "port=probes");
        assertThat(container.get("startupProbe").toString()).contains("path=/healthz", "port=probes");
        Map<String, Object> port = list(container, "ports").stream()
                .filter(each -> each.get("name").equals("probes"))
                .findFirst()
                .orElseThrow();
        assertThat(list(container, "env"))
                .as("so that GameServer.fromEnvironment() serves them")
                .contains(Map.of(
                        "name",
                        "ORCHESTRATION_PROBE_PORT",
                        "value",
                        port.get("containerPort").toString()));
        assertThat(Integer.parseInt(object(container, "livenessProbe")
                        .get("terminationGracePeriodSeconds")
                        .toString()))
                .as("a game that hangs is back soon")
                .isLessThanOrEqualTo(30);
    }

    /** Tried: Kustomize 5.7 and older find nothing by a pattern in a replacement's select, and say nothing. */
    @Test
    void in_production_each_replacement_is_for_what_it_names() throws IOException {
        Map<String, Object> kustomization = Rendered.object(new KubernetesSerialization()
                .unmarshal(Files.readString(Deployed.PRODUCTION.resolve("kustomization.yaml")), Map.class));

        assertThat(list(kustomization, "replacements"))
                .isNotEmpty()
                .flatExtracting(each -> list(each, "targets"))
                .extracting(each -> object(each, "select"))
                .allSatisfy(select -> assertThat(select.values())
                        .allSatisfy(text -> assertThat(text.toString()).matches("[A-Za-z0-9-]+")));
    }

    /** No API server tells of a selector that finds nothing. */
    @Test
    void in_production_what_selects_pods_finds_them_and_what_names_a_port_finds_it() {
        Map<String, Map<String, Object>> objects = Rendered.objects(build(Deployed.PRODUCTION));
        for (String name : List.of("orchestration/duel", "orchestration/arena", "matchmaking/matchmaker")) {
            assertThat(labels(objects, name))
                    .as(name)
                    .containsAllEntriesOf(Rendered.object(Rendered.at(
                            objects.get("PodDisruptionBudget " + name), "spec", "selector", "matchLabels")));
        }
        assertThat(labels(objects, "orchestration/arena"))
                .containsAllEntriesOf(
                        Rendered.object(Rendered.at(objects.get("Service orchestration/arena"), "spec", "selector")));
        assertThat(Rendered.at(workload(objects, "orchestration/arena"), "spec", "serviceName"))
                .isEqualTo("arena");

        Map<String, Object> players = objects.get("NetworkPolicy orchestration/players");
        for (String pool : List.of("orchestration/duel", "orchestration/arena")) {
            assertThat(Rendered.list(Rendered.at(players, "spec", "podSelector", "matchExpressions")))
                    .allSatisfy(selector -> assertThat(labels(objects, pool))
                            .containsKey(selector.get("key").toString()));
            Map<String, Object> container = Rendered.container(workload(objects, pool));
            assertThat(list(list(object(players, "spec"), "ingress").get(0), "ports"))
                    .allSatisfy(port -> assertThat(list(container, "ports"))
                            .anySatisfy(named -> assertThat(named).containsEntry("name", port.get("port"))));
        }
    }

    private static Map<String, Object> workload(Map<String, Map<String, Object>> objects, String name) {
        Map<String, Object> deployment = objects.get("Deployment " + name);
        return deployment == null ? objects.get("StatefulSet " + name) : deployment;
    }

    private static Map<String, Object> labels(Map<String, Map<String, Object>> objects, String name) {
        return Rendered.object(Rendered.at(workload(objects, name), "spec", "template", "metadata", "labels"));
    }

    private static Map<String, Object> podSpec(String file) {
        Map<String, Object> workload = LedgerJson.read(PLANE.kubectl(
                "create",
                "--dry-run=client",
                "--validate=false",
                "-o",
                "json",
                "-f",
                Deployed.EXAMPLES.resolve(file).toString()));
        return object(object(object(workload, "spec"), "template"), "spec");
    }

    private static Map<String, Object> container(Map<String, Object> spec) {
        return list(spec, "containers").get(0);
    }

    private static Map<String, Object> object(Map<String, Object> parent, String field) {
        return Rendered.object(parent.get(field));
    }

    private static List<Map<String, Object>> list(Map<String, Object> parent, String field) {
        return Rendered.list(parent.get(field));
    }
}
