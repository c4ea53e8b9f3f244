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

    @Test
    void some_hundred_names_that_share_a_hash_are_read() {
        String json = java.util.stream.IntStream.range(0, 4_096)
                .mapToObj(i -> java.util.stream.IntStream.range(0, 12)
                                .mapToObj(bit -> ((i >> bit) & 1) == 0 ? "AB" : "B!")
                                .collect(java.util.stream.Collectors.joining("", "\"", "\""))
                        + ":1")
                .collect(java.util.stream.Collectors.joining(",", "{", "}"));
        assertThat(LedgerJson.read(json)).hasSize(4_096);
        assertThat(LedgerJson.read(json)).hasSize(4_096);
    }
}
