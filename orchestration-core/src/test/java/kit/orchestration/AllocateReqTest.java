package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AllocateReqTest {

    @Test
    void theShortWayHasTheDefaults() {
        AllocateReq req = AllocateReq.of("duel");
        assertThat(req.pool()).isEqualTo("duel");
        assertThat(req.selectors()).isEmpty();
        assertThat(req.priority()).isZero();
        assertThat(req.annotations()).isEmpty();
        assertThat(req.maxWait()).isZero();
        assertThat(req.claimTtl()).isEqualTo(Duration.ofSeconds(60));
        assertThat(req.requestId()).isNull();
    }

    @Test
    void theBuilderSetsEveryField() {
        AllocateReq req = AllocateReq.builder("duel")
                .selectors(Map.of("region", "eu"))
                .priority(7)
                .annotations(Map.of("map", "dust"))
                .maxWait(Duration.ofSeconds(3))
                .claimTtl(Duration.ofSeconds(20))
                .requestId("match-1")
                .build();
        assertThat(req)
                .isEqualTo(new AllocateReq(
                        "duel",
                        Map.of("region", "eu"),
                        7,
                        Map.of("map", "dust"),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(20),
                        "match-1"));
    }

    @Test
    void mapsAreCopiedAndCannotBeChanged() {
        Map<String, String> mine = new HashMap<>(Map.of("region", "eu"));
        AllocateReq req =
                AllocateReq.builder("duel").selectors(mine).annotations(mine).build();
        mine.put("region", "us");
        assertThat(req.selectors()).containsExactly(Map.entry("region", "eu"));
        assertThat(req.annotations()).containsExactly(Map.entry("region", "eu"));
        assertThatThrownBy(() -> req.selectors().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> req.annotations().put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aBuilderTakesPairsOneByOne() {
        AllocateReq req = AllocateReq.builder("duel")
                .selectors(Map.of("region", "eu", "map", "dust"))
                .selector("map", "lake")
                .annotation("mode", "1v1")
                .annotation("mode", "2v2")
                .annotation("rank", "")
                .build();
        assertThat(req.selectors()).isEqualTo(Map.of("region", "eu", "map", "lake"));
        assertThat(req.annotations()).isEqualTo(Map.of("mode", "2v2", "rank", ""));
    }

    @Test
    void aPairLeavesTheMapThatWasGivenAsItIs() {
        Map<String, String> mine = new HashMap<>(Map.of("region", "eu"));
        AllocateReq.builder("duel")
                .selectors(mine)
                .selector("map", "lake")
                .annotations(mine)
                .annotation("a", "b");
        assertThat(mine).containsExactly(Map.entry("region", "eu"));
    }

    @Test
    void aBuilderThatIsUsedAgainChangesNothingThatItBuilt() {
        AllocateReq.Builder builder = AllocateReq.builder("duel").selector("region", "eu");
        AllocateReq first = builder.build();
        builder.selector("map", "lake").annotation("a", "b").priority(3);
        assertThat(first)
                .isEqualTo(AllocateReq.builder("duel").selector("region", "eu").build());
    }

    @Test
    @SuppressWarnings("NullAway")
    void aPairHasNoNulls() {
        assertThatThrownBy(() ->
                        AllocateReq.builder("duel").selector("region", null).build())
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("selectors must not have a null key or value");
        assertThatThrownBy(
                        () -> AllocateReq.builder("duel").annotation(null, "x").build())
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("annotations must not have a null key or value");
    }

    @Test
    void anotherRequestIsMadeFromOne() {
        AllocateReq req = new AllocateReq(
                "duel",
                Map.of("region", "eu"),
                7,
                Map.of("map", "dust"),
                Duration.ofSeconds(3),
                Duration.ofSeconds(20),
                "match-1");
        assertThat(req.toBuilder().build()).isEqualTo(req);
        assertThat(req.toBuilder().selector("map", "dust").requestId(null).build())
                .isEqualTo(new AllocateReq(
                        "duel",
                        Map.of("region", "eu", "map", "dust"),
                        7,
                        Map.of("map", "dust"),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(20),
                        null));
    }
}
