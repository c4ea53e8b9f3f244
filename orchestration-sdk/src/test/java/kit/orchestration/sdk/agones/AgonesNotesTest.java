package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import kit.orchestration.AllocateReq;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

/** What becomes of the notes that allocators leave. */
class AgonesNotesTest extends Rig {

    private final RequestDigest digest =
            RequestDigest.of(AllocateReq.builder("duel").requestId("match-1").build());
    private final String request = AgonesNote.request(digest).format();

    @Test
    void a_requests_note_goes_with_its_session() {
        serve();
        claim("a", true);
        platform.free(claim("a"));

        eventually()
                .until(() -> sidecar.valuesNow().isEmpty() && sidecar.notesNow().isEmpty());

        assertThat(sidecar.calls(":removeValue").stream().limit(2)).anyMatch(call -> call.contains(request));
    }

    /** Agones cuts the claims of a call that do not fit, and none of its notes. */
    @Test
    void a_note_without_its_session_is_taken_out() {
        serve();
        sidecar.write(() -> sidecar.notes.add(request));

        eventually().until(() -> sidecar.notesNow().isEmpty());
    }

    /** It was on its way out for an earlier session when the claim came, or was cut. */
    @Test
    void a_session_without_its_note_is_given_one() {
        serve();
        claim("a", false);

        eventually().until(() -> sidecar.notesNow().contains(request));
        platform.free(claim("a"));
        eventually().until(() -> sidecar.notesNow().isEmpty());
    }

    /** Agones drops the note of the new one, since it is there still; what was asked before would take it out. */
    @Test
    void a_note_that_is_about_to_go_stays_if_another_session_of_its_request_comes() {
        serve();
        claim("a", true);
        ClaimedSlot first = claim("a");
        sidecar.hold = true;
        platform.free(first);
        eventually().until(() -> sidecar.calls(":removeValue").size() == 2);

        claim("b", true);
        eventually().until(() -> !sidecar.calls(":addValue").isEmpty());
        sidecar.hold = false;
        sidecar.flush();

        eventually().until(() -> sidecar.valuesNow().size() == 1);
        assertThat(sidecar.notesNow()).contains(request);
    }

    /** It was left for the earlier process, and says the same of this one's. */
    @Test
    void a_note_of_an_earlier_process_stays_if_this_one_has_a_session_of_its_request() {
        sidecar.write(() -> sidecar.notes.add(request));
        for (int i = 0; i < 5; i++) {
            sidecar.answer(":removeValue", 503, "{\"code\":14,\"message\":\"unavailable\"}");
        }
        serve();
        claim("a", true);
        awaitTold("claimed a 0");

        eventually()
                .during(Duration.ofMillis(1_500))
                .until(() -> sidecar.notesNow().contains(request));
    }

    @Test
    void a_note_stays_while_another_session_of_the_request_stands() {
        serve();
        claim("a", true);
        claim("b", false);
        awaitTold("claimed a 0", "claimed b 1");
        platform.free(claim("a"));
        eventually().until(() -> sidecar.valuesNow().size() == 1);

        assertThat(sidecar.notesNow()).contains(request);
        assertThat(sidecar.calls(":removeValue")).noneMatch(call -> call.contains(request));
    }

    @Test
    void a_release_is_taken_out_with_its_session_and_one_of_nobody_at_once() {
        serve();
        allocate("a");
        awaitTold("claimed a 0");
        sidecar.write(() -> {
            sidecar.notes.add("released a");
            sidecar.notes.add("released x");
        });
        awaitTold("claimed a 0", "revoked a");
        eventually().until(() -> sidecar.notesNow().size() == 1);
        assertThat(sidecar.notesNow()).contains("released a");

        platform.free(claim("a"));

        eventually().until(() -> sidecar.notesNow().isEmpty());
    }

    @Test
    void of_too_many_keys_the_oldest_go_and_are_known_all_the_same() {
        serve();
        String first = SigningKey.generateEd25519().verificationKey().text();
        sidecar.write(() -> {
            sidecar.notes.add("key " + first);
            IntStream.range(0, Notes.KEYS).forEach(i -> sidecar.notes.add("key other-" + i));
        });

        eventually().until(() -> sidecar.notesNow().size() == Notes.KEYS);

        assertThat(sidecar.notesNow()).doesNotContain("key " + first).contains("key other-99");
        assertThat(platform.key(VerificationKey.parse(first).kid())).isPresent();
    }

    /** Of a later version of this library, say. */
    @Test
    void what_is_no_note_that_it_knows_is_left_alone() {
        serve();
        sidecar.write(() -> sidecar.notes.add("later words"));
        claim("a", true);
        platform.free(claim("a"));

        eventually()
                .until(() -> sidecar.valuesNow().isEmpty() && sidecar.notesNow().equals(Set.of("later words")));
    }

    @Test
    void what_was_left_for_an_earlier_process_is_taken_out_and_its_keys_are_known() {
        VerificationKey key = SigningKey.generateEd25519().verificationKey();
        sidecar.write(() -> {
            sidecar.notes.add(request);
            sidecar.notes.add("released a");
            sidecar.notes.add("later words");
            sidecar.notes.add("key " + key.text());
        });

        boot();

        eventually().until(() -> sidecar.notesNow().isEmpty());
        assertThat(platform.key(key.kid()))
                .as("its allocator may say it before that")
                .isPresent();
    }

    private void claim(String key, boolean noted) {
        sidecar.write(() -> {
            sidecar.values.add(
                    LedgerSlot.Free.NEW.hold(key, TTL, digest, Map.of()).format());
            if (noted) {
                sidecar.notes.add(request);
            }
            sidecar.state = "Allocated";
        });
    }
}
