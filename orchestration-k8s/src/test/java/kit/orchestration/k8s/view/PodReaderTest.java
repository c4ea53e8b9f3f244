package kit.orchestration.k8s.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** What runs may have sessions, also where nobody hears of it any more. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Pending; []; false",
                "Running; []; true",
                "Unknown; []; true",
                "Pending; [{\"state\":{\"waiting\":{\"reason\":\"ImagePullBackOff\"}}}]; false",
                "Running; [{\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]; false",
                "Running; [{\"state\":{\"terminated\":{}}},{\"state\":{\"running\":{}}}]; true",
                "Running; [{}]; false",
            })
    void whether_anything_runs_in_it_is_what_the_kubelet_has_said(String phase, String containers, boolean runs) {
        String status = "{\"phase\":\"" + phase + "\",\"containerStatuses\":" + containers + "}";
        PodFacts pod = pods.object()
                .apply("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"duel-1\",\"uid\":\"u\","
                        + "\"resourceVersion\":\"17\"},\"spec\":{\"containers\":[{\"name\":\"game\"}]},"
                        + "\"status\":" + status + "}}");

        assertThat(pod.runs()).isEqualTo(runs);
    }
}
