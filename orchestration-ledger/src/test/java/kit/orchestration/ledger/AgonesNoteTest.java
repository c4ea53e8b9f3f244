package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import kit.orchestration.AllocateReq;
import kit.orchestration.ledger.AgonesNote.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgonesNoteTest {

    @ParameterizedTest
    @EnumSource(Kind.class)
    void what_is_written_is_read(Kind kind) {
        AgonesNote note = new AgonesNote(kind, "r0.a-B_1");

        assertThat(AgonesNote.parse(note.format())).contains(note);
    }

    /** The texts are in lists of running servers: they can't change. */
    @Test
    void the_texts_are_these() {
        assertThat(new AgonesNote(Kind.KEY, "abc").format()).isEqualTo("key abc");
        assertThat(new AgonesNote(Kind.RELEASED, "abc").format()).isEqualTo("released abc");
        AllocateReq request = AllocateReq.builder("duel").requestId("match-1").build();
        assertThat(AgonesNote.request(RequestDigest.of(request)).format()).isEqualTo("request vM8mW9sUco8BVs9c");
    }

    @Test
    void a_request_is_found_by_its_id_whatever_else_it_says() {
        AllocateReq one = AllocateReq.builder("duel").requestId("match-1").build();
        AllocateReq two = one.toBuilder().priority(7).build();

        assertThat(AgonesNote.request(RequestDigest.of(one))).isEqualTo(AgonesNote.request(RequestDigest.of(two)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "key", "key ", " key a", "key a b", "keys a", "ke a", "later a", "request\ta"})
    void what_is_none_is_passed_over(String value) {
        assertThat(AgonesNote.parse(value)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", " "})
    void what_would_not_be_read_is_not_made(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new AgonesNote(Kind.KEY, text));
    }
}
