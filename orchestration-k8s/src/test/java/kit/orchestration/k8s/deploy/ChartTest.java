package kit.orchestration.k8s.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Helm chart makes what the overlay for production makes, and says what is wrong with a value. */
class ChartTest {

    private static final String NAMESPACE = "orchestration";
    /** Made by {@code --create-namespace}, and not by the chart. */
    private static final String POOLS_NAMESPACE = "Namespace /" + NAMESPACE;

    private static final ControlPlane PLANE = ControlPlane.shared();

    @TempDir
    private static Path folder;

    private static Helm helm;

    @BeforeAll
    static void build() {
        helm = new Helm(folder);
    }

    private static Map<String, Map<String, Object>> chart(String... values) {
        return Rendered.objects(helm.template(NAMESPACE, values));
    }

    private static Map<String, Map<String, Object>> examples(String... values) {
        return chart(Stream.concat(Stream.of("--values", Helm.EXAMPLES.toString()), Stream.of(values))
                .toArray(String[]::new));
    }

    private static Map<String, Map<String, Object>> overlay(Path kustomization) {
        return Rendered.objects(PLANE.kubectl("kustomize", kustomization.toString()));
    }

    private static void assertSame(Map<String, Map<String, Object>> chart, Map<String, Map<String, Object>> overlay) {
        assertThat(overlay.remove(POOLS_NAMESPACE)).isNotNull();
        assertThat(chart.keySet()).isEqualTo(overlay.keySet());
        chart.forEach((name, object) -> assertThat(object).as(name).isEqualTo(overlay.get(name)));
    }

    @Test
    void with_the_examples_it_makes_what_the_overlay_makes() {
        assertSame(examples(), overlay(Deployed.PRODUCTION));
    }

    /** The settings reach all that they should, on both sides. */
    @Test
    void with_other_settings_it_makes_what_the_overlay_makes_with_them() throws IOException {
        Path production = copy(Deployed.DEPLOY, folder.resolve("deploy")).resolve("production");
        replace(
                production.resolve("settings.yaml"),
                "matchmakerNamespace: matchmaking",
                "matchmakerNamespace: eu-match");
        replace(production.resolve("settings.yaml"), "\"3600\"", "\"7200\"");
        replace(
                production.resolve("kustomization.yaml"),
                "# components:\n# - ../nodes\n# - scaler",
                "components:\n- ../nodes\n- scaler");

        Map<String, Map<String, Object>> chart = examples(
                "--set",
                "matchmaker.namespace=eu-match,poolDefaults.graceSeconds=7200,nodeAddresses.enabled=true,"
                        + "scaler.enabled=true,poolDefaults.autoscaled=true");
        assertThat(chart)
                .containsKeys(
                        "Namespace /eu-match",
                        "ClusterRoleBinding /orchestration-nodes",
                        "RoleBinding orchestration/orchestration-scaler",
                        "Role orchestration/orchestration-scaler-cost");
        assertThat(chart.get("Deployment orchestration/duel"))
                .extracting("spec")
                .satisfies(spec -> assertThat(Rendered.object(spec)).doesNotContainKey("replicas"));
        assertSame(chart, overlay(production));
    }

    /** Its text, for the reasons that stand in it. */
    @Test
    void its_policy_is_the_very_file_that_kustomize_applies() throws IOException {
        assertThat(Files.readString(Helm.CHART.resolve("templates/policy.yaml")))
                .isEqualTo("{{- if .Values.policy }}\n"
                        + Files.readString(Deployed.DEPLOY.resolve("base/policy.yaml"))
                        + "{{- end }}\n");
    }

    @Test
    void without_values_it_makes_what_the_first_pool_needs_and_no_pool() {
        Map<String, Map<String, Object>> all = examples();

        assertThat(chart())
                .containsKeys(
                        "Role orchestration/orchestration-pod",
                        "ServiceAccount matchmaking/orchestration-allocator",
                        "ValidatingAdmissionPolicy /orchestration-pod",
                        "NetworkPolicy orchestration/default-deny")
                .allSatisfy((name, object) -> {
                    assertThat(name).doesNotStartWith("Deployment").doesNotStartWith("PodDisruptionBudget");
                    assertThat(object).as(name).isEqualTo(all.get(name));
                });
    }

    @Test
    void what_is_switched_off_is_not_made() {
        assertThat(examples("--set", "policy=false,networkPolicy.enabled=false,matchmaker.createNamespace=false"))
                .hasSize(13)
                .allSatisfy((name, object) -> assertThat(name)
                        .doesNotStartWith("ValidatingAdmissionPolicy")
                        .doesNotStartWith("NetworkPolicy")
                        .doesNotStartWith("Namespace"));
    }

    @Test
    void a_scaler_without_the_right_to_say_costs_has_the_other_alone() {
        assertThat(chart("--set", "scaler.enabled=true,scaler.cost=false").keySet())
                .contains("Role orchestration/orchestration-scaler")
                .noneMatch(name -> name.startsWith("Role") && name.endsWith("-cost"));
        assertThat(chart().keySet()).noneMatch(name -> name.startsWith("Role") && name.contains("scaler"));
    }

    @Test
    void a_matchmaker_beside_the_pools_shares_their_network_policies_and_needs_no_namespace() {
        assertThat(examples("--set", "matchmaker.namespace=" + NAMESPACE).keySet())
                .contains("Deployment orchestration/matchmaker", "NetworkPolicy orchestration/default-deny")
                .noneMatch(name -> name.startsWith("Namespace ") || name.contains("matchmaking/"));
    }

    @Test
    void a_host_port_is_what_the_pod_says_unless_the_node_is_asked() {
        String[] hostPort = {"--set", "pools.duel.hostPort=31007,pools.duel.protocol=UDP"};
        Map<String, Object> container = gameServer(examples(hostPort));

        assertThat(Rendered.list(container.get("ports")))
                .contains(Map.of("name", "game", "containerPort", 7777, "hostPort", 31007, "protocol", "UDP"));
        assertThat(Rendered.list(container.get("env")))
                .contains(Map.of("name", "ORCHESTRATION_PORT", "value", "31007"))
                .anySatisfy(variable -> assertThat(variable).containsEntry("name", "ORCHESTRATION_HOST"));
        assertThat(Rendered.list(gameServer(examples(hostPort[0], hostPort[1] + ",nodeAddresses.enabled=true"))
                        .get("env")))
                .noneMatch(variable -> "ORCHESTRATION_HOST".equals(variable.get("name")));
    }

    /** Also what is false or 0, which merges are fond of losing. */
    @Test
    void what_the_values_add_to_pod_and_container_comes_over_the_chart_s() {
        Map<String, Map<String, Object>> objects = examples(
                "--set",
                String.join(
                        ",",
                        "pools.duel.replicas=0",
                        "pools.duel.pod.securityContext.runAsNonRoot=false",
                        "pools.duel.container.securityContext.readOnlyRootFilesystem=false",
                        "pools.duel.container.args={-v}",
                        "pools.duel.env[0].name=MAP",
                        "pools.duel.env[0].value=dust",
                        "pools.duel.annotations.team=red",
                        "pools.arena.autoscaled=true"));
        Map<String, Object> duel = objects.get("Deployment orchestration/duel");
        Map<String, Object> container = gameServer(objects);

        assertThat(Rendered.at(duel, "spec", "replicas")).isEqualTo(0);
        assertThat(Rendered.at(duel, "spec", "template", "metadata", "annotations"))
                .isEqualTo(Map.of(
                        "cluster-autoscaler.kubernetes.io/safe-to-evict",
                        "false",
                        "orchestration.kit/capacity",
                        "100",
                        "orchestration.kit/port",
                        "7777",
                        "team",
                        "red"));
        assertThat(Rendered.at(duel, "spec", "template", "spec", "securityContext"))
                .isEqualTo(Map.of("runAsNonRoot", false, "seccompProfile", Map.of("type", "RuntimeDefault")));
        assertThat(Rendered.object(container.get("securityContext")))
                .containsEntry("readOnlyRootFilesystem", false)
                .containsEntry("allowPrivilegeEscalation", false);
        assertThat(container).containsEntry("args", List.of("-v")).containsKey("livenessProbe");
        assertThat(Rendered.list(container.get("env"))).hasSize(8).contains(Map.of("name", "MAP", "value", "dust"));
        assertThat(Rendered.object(
                        objects.get("StatefulSet orchestration/arena").get("spec")))
                .doesNotContainKey("replicas");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    pools.duel.capacity=1001        | at '/pools/duel/capacity': maximum: got 1,001, want 1,000
                    pools.duel.capacity=many        | at '/pools/duel/capacity': got string, want integer
                    pools.lobby.capacity=8          | at '/pools/lobby': missing property 'image'
                    pools.EU.capacity=8             | invalid propertyName 'EU'
                    pools.duel.kind=DaemonSet       | at '/pools/duel/kind': value must be one of 'Deployment'
                    pools.duel.port=70000           | at '/pools/duel/port': maximum: got 70,000, want 65,535
                    pools.duel.graceSeconds=5       | at '/pools/duel/graceSeconds': minimum: got 5, want 30
                    pools.duel.maxUnavailable=0     | at '/pools/duel/maxUnavailable': minimum: got 0, want 1
                    pools.duel.grace=900            | at '/pools/duel': additional properties 'grace' not allowed
                    poolDefaults.protocol=SCTP      | at '/poolDefaults/protocol': value must be one of 'TCP', 'UDP'
                    matchmaker.namespace=Games      | at '/matchmaker/namespace': 'Games' does not match pattern
                    matchmaker.replica=5            | at '/matchmaker': additional properties 'replica' not allowed
                    scaler.costs=true               | at '/scaler': additional properties 'costs' not allowed
                    policy=on                       | at '/policy': got string, want boolean
                    networkPolicy.apiServer.cidrs={::1} | '/networkPolicy/apiServer/cidrs/0': '::1' does not match
                    """)
    void a_value_that_can_not_be_is_named(String value, String told) {
        assertThatThrownBy(() -> examples("--set", value)).hasMessageContaining(told);
    }

    private static Map<String, Object> gameServer(Map<String, Map<String, Object>> objects) {
        return Rendered.container(objects.get("Deployment orchestration/duel"));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        return to;
    }

    private static void replace(Path file, String old, String text) throws IOException {
        String before = Files.readString(file);
        assertThat(before).contains(old);
        Files.writeString(file, before.replace(old, text));
    }
}
