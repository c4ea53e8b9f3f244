package kit.orchestration.examples.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

    @Test
    void it_gives_sessions_that_players_enter_and_says_when_there_are_none(SuiteNode node) throws Exception {
        Workload workload = new Workload(Kind.DEPLOYMENT, "asked", 1, 2, Duration.ofSeconds(60));
        node.start(workload);
        Deployment matchmaker = matchmaker(workload.pool(), Node.MATCHMAKER_IMAGE);
        node.start(matchmaker);
        AskedMatchmaker asked = AskedMatchmaker.in(node.pods("app", APP).get(0));

        asked.player().close();
        asked.player().close();
        assertThat(asked.ask("GET", "sessions").statusCode()).isEqualTo(405);
        node.stop(workload);
        HttpResponse<String> none = asked.ask("POST", "sessions");
        assertThat(none.statusCode()).as(none.body()).isEqualTo(503);
        assertThat(none.body()).contains("no room in pool");
        node.kubectl("delete", "deployment", APP, "--cascade=foreground", "--wait");
    }

    /** As shipped, for that pool. */
    static Deployment matchmaker(String pool, String image) throws IOException {
        Deployment matchmaker = new KubernetesSerialization().unmarshal(Files.readString(SHIPPED), Deployment.class);
        matchmaker.getMetadata().setNamespace(Node.NAMESPACE);
        matchmaker.getSpec().setReplicas(1);
        Container container =
                matchmaker.getSpec().getTemplate().getSpec().getContainers().get(0);
        container.setImage(image);
        container.setImagePullPolicy("IfNotPresent");
        container.getSecurityContext().setReadOnlyRootFilesystem(true);
        container.setEnv(List.of(
                new EnvVarBuilder().withName("ARENA_POOL").withValue(pool).build()));
        return matchmaker;
    }
}
