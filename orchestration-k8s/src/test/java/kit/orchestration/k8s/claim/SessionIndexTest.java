package kit.orchestration.k8s.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.AllocateReq;
import kit.orchestration.k8s.claim.SessionIndex.Holding;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.claim.SessionIndex.Told;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.junit.jupiter.api.Test;

class SessionIndexTest {

    private static final Told NOW = new Told(Instant.parse("2026-11-25T12:00:00Z"), 5, 0, true);

    private final SessionIndex index = new SessionIndex();
    private final RequestDigest digest = Objects.requireNonNull(
            RequestDigest.of(AllocateReq.builder("duel").requestId("match").build()));
    private final Place here = new Place(new KnownPod("here"), 0);
    private final Place there = new Place(new KnownPod("there"), 3);

    @Test
    void the_first_place_that_names_a_session_keeps_it_until_it_has_ended() {
        Held held = held(4, "session");
        index.changed(here, null, held, NOW);
        index.changed(there, null, held, NOW);
        assertThat(index.find("session")).isEqualTo(here);
        assertThat(index.ofRequest(digest.id())).extracting(Holding::place).containsExactly(here);

        index.changed(there, held, null, NOW);
        assertThat(index.find("session")).isEqualTo(here);
        assertThat(index.ofRequest(digest.id())).hasSize(1);

        index.changed(there, null, held, NOW);
        index.changed(here, held, null, NOW);
        assertThat(index.find("session")).isNull();
        assertThat(index.ofRequest(digest.id())).isEmpty();
    }

    @Test
    void sessions_of_a_request_stand_in_the_order_in_which_they_were_told() {
        index.changed(here, null, held(4, "first"), NOW);
        index.changed(there, null, held(1, "second"), NOW);
        Held marked = held(4, "first").revoke();
        index.changed(here, held(4, "first"), marked, new Told(NOW.at().plusSeconds(9), 6, 7, false));

        Holding first = index.ofRequest(digest.id()).get(0);
        assertThat(first.held()).isEqualTo(marked);
        assertThat(first.seen()).isEqualTo(NOW);
        assertThat(index.ofRequest(digest.id())).extracting(Holding::place).containsExactly(here, there);

        assertThat(index.ofRequest(digest.id())).extracting(Holding::second).containsExactly(false, true);
        assertThat(index.doubled()).hasSize(1);

        index.ended(there, held(1, "second"));
        assertThat(index.ofRequest(digest.id())).hasSize(1);
        assertThat(index.doubled()).isEmpty();
        index.changed(here, marked, held(5, "next"), NOW);
        assertThat(index.ofRequest(digest.id()).get(0).held().sessionId()).isEqualTo("next");
    }

    @Test
    void what_is_written_is_known_before_it_is_told() {
        index.claimed(here, held(4, "session"));
        index.claimed(there, held(4, "session"));
        assertThat(index.find("session")).isEqualTo(here);
        assertThat(index.ofRequest(digest.id())).isEmpty();
        index.changed(here, null, held(4, "session"), NOW);
        assertThat(index.ofRequest(digest.id())).hasSize(1);
        index.ended(here, held(4, "session"));
        assertThat(index.find("session")).isNull();
    }

    private Held held(long uses, String sessionId) {
        return new LedgerSlot.Free(uses).hold(sessionId, Duration.ofMinutes(1), digest, Map.of());
    }
}
