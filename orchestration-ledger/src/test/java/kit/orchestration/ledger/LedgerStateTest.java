package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerStateTest {

    @Test
    void each_state_has_its_text() {
        assertText(LedgerState.open("b-1"), "open/b-1 1");
        assertText(LedgerState.closed("b-1", false), "closed/b-1 1");
        assertText(LedgerState.closed("b-1", true), "closed/b-1 1 draining");
    }

    @Test
    void format_0_has_no_number_and_its_closed_pods_no_boot() {
        assertText(new LedgerState(true, "b-1", 0, false), "open/b-1");
        assertText(new LedgerState(false, null, 0, false), "closed");
        assertThat(LedgerState.parse("closed").bootId()).isNull();
    }

    @Test
    void words_of_a_later_format_are_passed_over() {
        assertThat(LedgerState.parse("open/b-1 7 sunny x")).isEqualTo(new LedgerState(true, "b-1", 7, false));
        assertThat(LedgerState.parse("closed/b-1 7 sunny draining x"))
                .isEqualTo(new LedgerState(false, "b-1", 7, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "open", "Open/b", "shut\n", "shut/b 1"})
    void another_text_is_refused(String text) {
        assertThatThrownBy(() -> LedgerState.parse(text))
                .isInstanceOf(LedgerFormatException.class)
                .hasMessageStartingWith("state must be open/<boot id> or closed/<boot id>, and a format number, was \"")
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"open/b ", "open/b x", "open/b 01", "closed/b -1", "open/b  1", "open/b 1234567"})
    void a_format_is_a_number(String text) {
        assertThatThrownBy(() -> LedgerState.parse(text))
                .isInstanceOf(LedgerFormatException.class)
                .hasMessageStartingWith("format must be");
    }

    @Test
    void a_boot_id_has_1_to_64_characters() {
        assertThat(LedgerState.parse("open/" + "b".repeat(64)))
                .isEqualTo(new LedgerState(true, "b".repeat(64), 0, false));
        for (String text : new String[] {"open/", "open/" + "b".repeat(65), "open/b/c", "closed/"}) {
            assertThatThrownBy(() -> LedgerState.parse(text))
                    .isInstanceOf(LedgerFormatException.class)
                    .hasMessageStartingWith("state: bootId must be 1 to 64");
        }
    }

    private static void assertText(LedgerState state, String text) {
        assertThat(state.format()).isEqualTo(text);
        assertThat(LedgerState.parse(text)).isEqualTo(state);
    }

    @Test
    void a_format_has_a_number_that_can_be_read_again() {
        assertThat(LedgerState.parse(new LedgerState(true, "b", LedgerState.MAX_VERSION, false).format()))
                .isEqualTo(new LedgerState(true, "b", LedgerState.MAX_VERSION, false));
        for (int version : new int[] {-1, LedgerState.MAX_VERSION + 1}) {
            assertThatThrownBy(() -> new LedgerState(true, "b", version, false)).hasMessageContaining("version");
            assertThatThrownBy(() -> new LedgerState(false, "b", version, true)).hasMessageContaining("version");
        }
    }

    @Test
    void no_pod_drains_that_takes_claims() {
        assertThatThrownBy(() -> new LedgerState(true, "b", 1, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("draining");
        assertThat(LedgerState.parse("open/b 1 draining").draining())
                .as("a word that a reader does not know there")
                .isFalse();
    }
}
