package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import org.junit.jupiter.api.Test;

class PodReaderTest {

    private final Kind<PodFacts> pods = new PodReader(new KubernetesSerialization(), "games").kind();

    /** As a kube-apiserver 1.36 sends it, some seconds before it ends a watch: it has no name. */
    @Test
    void of_a_bookmark_the_version_is_read() {
        PodFacts bookmark = pods.object()
                .apply("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
                        + "\"metadata\":{\"resourceVersion\":\"17014\"},"
                        + "\"spec\":{\"containers\":null},\"status\":{}}}");

        assertThat(pods.version().apply(bookmark)).isEqualTo("17014");
    }
}
