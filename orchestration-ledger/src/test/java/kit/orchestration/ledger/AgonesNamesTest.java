package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class AgonesNamesTest {

    @Test
    void a_session_s_id_says_where_it_is_and_which_claim() {
        String id = AgonesNames.sessionId("b00t", "r0123456789abcdef.m1");

        assertThat(AgonesNames.bootOf(id)).contains("b00t");
        assertThat(AgonesNames.keyOf(id)).isEqualTo("r0123456789abcdef.m1");
    }

    @Test
    void an_id_that_names_no_boot_is_its_key() {
        assertThat(AgonesNames.sessionId(null, "abc")).isEqualTo("abc");
        assertThat(AgonesNames.bootOf("abc")).isEmpty();
        assertThat(AgonesNames.keyOf("abc")).isEqualTo("abc");
    }

    @Test
    void what_makes_no_id_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AgonesNames.sessionId("b00t", "a key"))
                .withMessageContaining("sessionId");
    }
}
