package kit.orchestration.k8s.deploy;

import static kit.orchestration.k8s.deploy.Deployed.ALLOCATOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The components for matchmakers with a scaler: what they give to the allocator's account, and nothing else. */
class ScalerRightsTest {

    private static final String COST = "controller.kubernetes.io/pod-deletion-cost";
    private static final String RULE = "a scaler changes of a pod the annotation " + COST + " alone";

    private static Deployed deployed;
    private static Api scaler;

    @BeforeAll
    static void deploy(@TempDir Path folder) throws IOException {
        deployed = Deployed.to(ControlPlane.shared());
        Path real = folder.toRealPath();
        Path deploy = real.relativize(Deployed.DEPLOY.toRealPath());
        Files.writeString(
                real.resolve("kustomization.yaml"),
                "namespace: %s%nresources: [%s]%ncomponents: [%s/scaler, %s/scaler/cost]%n"
                        .formatted(deployed.namespace(), deploy, deploy, deploy));
        deployed.plane().apply(real);
        scaler = deployed.allocator();
        TestPod probe = deployed.pod();
        // Another value each time: what changes nothing is refused by nobody.
        await().until(() ->
                label(probe, "probe", "v" + System.nanoTime()).body().contains(RULE));
        await().until(() ->
                scaler.get(scale("deployments", Deployed.DEPLOYMENT)).status() == 200);
    }

    private static String scale(String resource, String name) {
        return "/apis/apps/v1/namespaces/" + deployed.namespace() + "/" + resource + "/" + name + "/scale";
    }

    private static Api.Answer label(TestPod pod, String name, String value) {
        return scaler.mergePatch(
                pod.path(), LedgerJson.write(Map.of("metadata", Map.of("labels", Map.of(name, value)))));
    }

    private static Api.Answer annotate(TestPod pod, String name, String value) {
        return scaler.mergePatch(
                pod.path(), LedgerJson.write(Map.of("metadata", Map.of("annotations", Map.of(name, value)))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"deployments/duel", "statefulsets/arena"})
    void it_sets_the_number_of_pods_and_changes_nothing_else_of_the_workload(String workload) {
        String path = "/apis/apps/v1/namespaces/" + deployed.namespace() + "/" + workload;

        scaler.get(path + "/scale").ok();
        scaler.mergePatch(path + "/scale", "{\"spec\": {\"replicas\": 4}}").ok();

        assertThat(Stream.of(
                                scaler.get(path),
                                scaler.mergePatch(path, "{\"spec\": {\"replicas\": 4}}"),
                                scaler.delete(path))
                        .map(Api.Answer::status))
                .containsOnly(403);
    }

    /** A role can't say so: it gives the right to write all of a pod. */
    @Test
    void of_a_pod_it_says_what_its_deletion_costs_and_nothing_else() {
        TestPod pod = deployed.pod();

        annotate(pod, COST, "-1000").ok();
        annotate(pod, COST, "0").ok();
        scaler.jsonPatch(
                        pod.path(),
                        "[{\"op\": \"remove\", \"path\": \"/metadata/annotations/" + COST.replace("/", "~1") + "\"}]")
                .ok();

        List<Api.Answer> refused = List.of(
                annotate(pod, "orchestration.kit/capacity", "1000"),
                annotate(pod, "note", "mine"),
                label(pod, "orchestration.kit/pool", "another"),
                scaler.mergePatch(pod.path(), "{\"metadata\": {\"annotations\": null}}"),
                scaler.mergePatch(pod.path(), "{\"metadata\": {\"finalizers\": [\"example.com/never\"]}}"),
                scaler.mergePatch(pod.path(), "{\"metadata\": {\"ownerReferences\": []}}"),
                scaler.jsonPatch(
                        pod.path(),
                        "[{\"op\": \"replace\", \"path\": \"/spec/containers/0/image\", \"value\": \"mine\"}]"));
        assertThat(refused)
                .filteredOn(answer -> answer.status() == 200)
                .allSatisfy(same -> assertThat(same.body()).as("it had none").contains(pod.uid()));
        assertThat(refused)
                .filteredOn(answer -> answer.status() != 200)
                .hasSizeGreaterThanOrEqualTo(6)
                .allSatisfy(answer -> assertThat(answer.body()).contains(RULE));
        assertThat(scaler.delete(pod.path()).status()).isEqualTo(403);
        assertThat(scaler.mergePatch(pod.path() + "/status", "{}").status()).isEqualTo(403);
    }

    @Test
    void an_administrator_is_not_held_to_it() {
        TestPod pod = deployed.pod();
        deployed.plane()
                .api()
                .mergePatch(pod.path(), "{\"metadata\": {\"annotations\": {\"note\": \"mine\"}}}")
                .ok();
    }

    /** What is done without the second, contract.PoolScalerTest shows. */
    @Test
    void the_roles_give_these_rights_and_no_others() {
        assertThat(Right.of(deployed.rules("orchestration-scaler")))
                .extracting(Right::toString)
                .containsExactlyInAnyOrder(
                        "get deployments/scale", "patch deployments/scale",
                        "get statefulsets/scale", "patch statefulsets/scale");
        assertThat(Right.of(deployed.rules("orchestration-scaler-cost")))
                .extracting(Right::toString)
                .containsExactlyInAnyOrder("patch pods", "write costs");
        assertThat(deployed.rules(ALLOCATOR)).isNotEmpty();
    }
}
