package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kit.orchestration.controlplane.ControlPlane;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the contract's own network does to a client. */
class ApiRelayTest {

    private static Cluster cluster;

    private ApiRelay relay;
    private KubernetesClient client;
    private String lease;

    @BeforeAll
    static void makeCluster() {
        cluster = new Cluster(ControlPlane.shared());
    }

    @BeforeEach
    void dial() {
        relay = ApiRelay.open(
                cluster.plane().url(), ClusterAuthority.sockets(cluster.plane().caPem()));
        client = cluster.client(relay.url());
        lease = relay.url()
                + "apis/coordination.k8s.io/v1/namespaces/%s/leases/orchestration-beacon"
                        .formatted(cluster.namespace());
    }

    @AfterEach
    void hangUp() {
        client.close();
        relay.close();
    }

    private CompletableFuture<HttpResponse<String>> get() {
        HttpClient http = client.getHttpClient();
        return http.sendAsync(http.newHttpRequestBuilder().uri(lease).build(), String.class);
    }

    private CompletableFuture<HttpResponse<String>> patch(String annotation) {
        HttpClient http = client.getHttpClient();
        return http.sendAsync(
                http.newHttpRequestBuilder()
                        .uri(lease)
                        .method(
                                "PATCH",
                                "application/json-patch+json",
                                "[{\"op\":\"add\",\"path\":\"/metadata/annotations/%s\",\"value\":\"1\"}]"
                                        .formatted(annotation))
                        .build(),
                String.class);
    }

    private String onServer() {
        return cluster.plane()
                .api()
                .get("/apis/coordination.k8s.io/v1/namespaces/%s/leases/orchestration-beacon"
                        .formatted(cluster.namespace()))
                .ok()
                .body();
    }

    @Test
    void what_is_asked_is_answered() throws Exception {
        assertThat(get().get(10, TimeUnit.SECONDS).code()).isEqualTo(200);
        assertThat(patch("passes").get(10, TimeUnit.SECONDS).code()).isEqualTo(200);
    }

    @Test
    void a_write_whose_answer_is_lost_is_on_the_server_and_nothing_else_is_heard_until_it_is_restored()
            throws Exception {
        get().get(10, TimeUnit.SECONDS);
        CountDownLatch answered = new CountDownLatch(1);
        relay.loseNextAnswer(answered::countDown);

        CompletableFuture<HttpResponse<String>> lost = patch("lost");

        assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(onServer()).contains("\"lost\"");
        CompletableFuture<HttpResponse<String>> next = patch("next");
        await().during(Duration.ofMillis(500)).until(() -> !lost.isDone() && !next.isDone());
        assertThat(onServer()).doesNotContain("\"next\"");

        relay.restore();

        assertThat(get().get(20, TimeUnit.SECONDS).code()).isEqualTo(200);
    }
}
