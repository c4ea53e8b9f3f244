package kit.orchestration.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerJsonTest {

    @Test
    void what_was_written_is_read() {
        Map<String, Object> object = Map.of("a", List.of(1L, "<&'\"\\\n\u20ac", Map.of()), "b", true);

        assertThat(LedgerJson.read(LedgerJson.write(object))).isEqualTo(object);
    }

    @Test
    void an_array_is_written() {
        assertThat(LedgerJson.write(List.of(Map.of("op", "test"), "x"))).isEqualTo("[{\"op\":\"test\"},\"x\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "[[\"a\",1]]", "{", "{\"a\":1,\"a\":2}", "secret"})
    void what_is_no_object_is_refused_and_not_shown(String text) {
        assertThatThrownBy(() -> LedgerJson.read(text))
                .isInstanceOf(LedgerFormatException.class)
                .hasMessageContaining(text.length() + " characters")
                .hasMessageNotContaining("secret");
    }
}
