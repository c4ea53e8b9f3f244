package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.AllocateReq;
import org.junit.jupiter.api.Test;

class RequestDigestTest {

    @Test
    void isWhatAnotherImplementationComputes() {
        // By Python's hashlib: SHA-256 of each text after its length as four bytes, big endian; cut to twelve bytes.
        assertThat(digest(request()).text()).isEqualTo("vM8mW9sUco8BVs9c.2spPzpnCFME04BpH");
    }

    @Test
    void goesThroughItsText() {
        RequestDigest digest = digest(request());

        assertThat(digest.text()).hasSize(33);
        assertThat(RequestDigest.parse(digest.text())).isEqualTo(digest);
    }

    @Test
    void aRequestWithoutAnIdHasNone() {
        assertThat(RequestDigest.of(AllocateReq.of("duel"))).isNull();
    }

    @Test
    void everyOtherContentShowsUnderTheSameId() {
        RequestDigest digest = digest(request());
        for (AllocateReq.Builder other : List.of(
                request("melee"),
                request().selectors(Map.of("region", "us")),
                request().selectors(Map.of()),
                request().priority(3),
                request().annotations(Map.of("map", "dust")),
                request().annotations(Map.of("map", "dust", "mode", "1v1", "more", "")),
                request().claimTtl(Duration.ofSeconds(61)))) {
            assertThat(digest(other).id()).isEqualTo(digest.id());
            assertThat(digest(other).contents()).isNotEqualTo(digest.contents());
        }
    }

    @Test
    void aPairIsNotTakenForAnother() {
        RequestDigest selected =
                digest(AllocateReq.builder("duel").requestId("r").selectors(Map.of("a", "b")));
        RequestDigest annotated =
                digest(AllocateReq.builder("duel").requestId("r").annotations(Map.of("a", "b")));

        assertThat(selected.contents()).isNotEqualTo(annotated.contents());
    }

    @Test
    void theWaitIsNoContentAndAnotherIdShows() {
        RequestDigest digest = digest(request());

        assertThat(digest(request().maxWait(Duration.ofSeconds(9)))).isEqualTo(digest);
        assertThat(digest(request().requestId("match-2")).id()).isNotEqualTo(digest.id());
        assertThat(digest(request().requestId("match-2")).contents()).isEqualTo(digest.contents());
    }

    private static AllocateReq.Builder request() {
        return request("duel");
    }

    private static AllocateReq.Builder request(String pool) {
        return AllocateReq.builder(pool)
                .requestId("match-1")
                .selectors(Map.of("region", "eu"))
                .priority(5)
                .annotations(Map.of("mode", "1v1", "map", "dust"));
    }

    private static RequestDigest digest(AllocateReq.Builder request) {
        return Objects.requireNonNull(RequestDigest.of(request.build()));
    }
}
