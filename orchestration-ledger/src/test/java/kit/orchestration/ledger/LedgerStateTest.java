package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kit.orchestration.ledger.LedgerState.Closed;
import kit.orchestration.ledger.LedgerState.Open;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerStateTest {

    @Test
    void eachStateHasItsText() {
        assertThat(new Open("b-1").format()).isEqualTo("open/b-1");
        assertThat(LedgerState.parse("open/b-1")).isEqualTo(new Open("b-1"));
        assertThat(new Closed().format()).isEqualTo("closed");
        assertThat(LedgerState.parse("closed")).isEqualTo(new Closed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "open", "Open/b", "closed ", "closed/b", "shut\n"})
    void anotherTextIsRefused(String text) {
        assertThatThrownBy(() -> LedgerState.parse(text))
                .isInstanceOf(LedgerFormatException.class)
                .hasMessageStartingWith("state must be open/<boot id> or closed, was \"")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aBootIdHas1To64Characters() {
        assertThat(LedgerState.parse("open/" + "b".repeat(64))).isEqualTo(new Open("b".repeat(64)));
        for (String text : new String[] {"open/", "open/" + "b".repeat(65), "open/b/c"}) {
            assertThatThrownBy(() -> LedgerState.parse(text))
                    .isInstanceOf(LedgerFormatException.class)
                    .hasMessageStartingWith("state: bootId must be 1 to 64");
        }
    }
}
