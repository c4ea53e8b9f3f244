package kit.orchestration.k8s.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.NoCapacityException;
import kit.orchestration.k8s.contract.Bench.Matchmaker;
import kit.orchestration.ledger.LedgerNames;
import org.junit.jupiter.api.Test;

class Reader8AdviceTest extends BenchFixture {

    /** Which of several is misconfigured is told of the last that was, wherever that is now. */
    @Test
    void a_refusal_names_a_pod_that_is_there_and_matches() throws Exception {
        HandPod culprit = bench.pod(1, Map.of("map", "dust"));
        Matchmaker matchmaker = bench.matchmaker();
        culprit.podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "eight");
        matchmaker.settle();
        for (int i = 0; i < 9; i++) {
            bench.pod(1, Map.of("map", "snow")).podAnnotation(LedgerNames.CAPACITY_ANNOTATION, "nine");
        }
        matchmaker.settle();

        assertThatThrownBy(() -> matchmaker.allocate(AllocateReq.builder(bench.pool())
                        .selector("map", "dust")
                        .build()))
                .isInstanceOf(NoCapacityException.class)
                .hasMessageContaining(culprit.name());
    }
}
