package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import kit.orchestration.PodAddress;
import kit.orchestration.examples.node.Workload.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The matchmaker's image, by the manifest as shipped, with a service account's token that the kubelet brings: {@code
 * ./verify --without tests --only MatchmakerOnNode}.
 */
@ExtendWith(SharedNode.class)
@Timeout(300)
class MatchmakerOnNode {

    private static final Path SHIPPED = Path.of(
            System.getProperty("orchestration.root"), "orchestration-k8s", "deploy", "examples", "matchmaker.yaml");
    private static final String APP = "matchmaker";

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void it_gives_sessions_that_players_enter_and_says_when_there_are_none(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.DEPLOYMENT, "asked", 1, 2, Duration.ofSeconds(60));
        node.start(workload);
        Deployment matchmaker = new KubernetesSerialization().unmarshal(Files.readString(SHIPPED), Deployment.class);
        matchmaker.getMetadata().setNamespace(Node.NAMESPACE);
        matchmaker.getSpec().setReplicas(1);
        var container =
                matchmaker.getSpec().getTemplate().getSpec().getContainers().get(0);
        container.setImage(Node.MATCHMAKER_IMAGE);
        container.setImagePullPolicy("IfNotPresent");
        container.getSecurityContext().setReadOnlyRootFilesystem(true);
        container.setEnv(List.of(new EnvVarBuilder()
                .withName("ARENA_POOL")
                .withValue(workload.pool())
                .build()));
        node.start(matchmaker);
        URI at = URI.create("http://%s:8080/".formatted(pod(node).getStatus().getPodIP()));
        await().atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(() -> ask("GET", at.resolve("/ready")).statusCode() == 200);

        for (int slot = 0; slot < 2; slot++) {
            HttpResponse<String> given = ask("POST", at.resolve("/sessions"));
            assertThat(given.statusCode()).as(given.body()).isEqualTo(200);
            String[] line = given.body().strip().split(" ", -1);
            Player.enter(PodAddress.parse(line[0]), line[1]).close();
        }
        assertThat(ask("GET", at.resolve("/sessions")).statusCode()).isEqualTo(405);
        node.stop(workload);
        HttpResponse<String> none = ask("POST", at.resolve("/sessions"));
        assertThat(none.statusCode()).as(none.body()).isEqualTo(503);
        assertThat(none.body()).contains("no room in pool");
        node.kubectl("delete", "deployment", APP, "--cascade=foreground", "--wait");
    }

    private static Pod pod(SuiteNode node) {
        return node.administrator()
                .pods()
                .inNamespace(Node.NAMESPACE)
                .withLabel("app", APP)
                .list()
                .getItems()
                .get(0);
    }

    private HttpResponse<String> ask(String method, URI uri) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri)
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }
}
