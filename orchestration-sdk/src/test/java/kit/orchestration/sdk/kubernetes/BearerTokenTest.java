package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {

    @TempDir
    Path folder;

    @Test
    void a_file_that_was_replaced_is_read_and_one_that_is_away_is_remembered() throws Exception {
        Path file = folder.resolve("token");
        Files.writeString(file, "first\n");
        BearerToken token = BearerToken.file(file);
        assertThat(token.header()).isEqualTo("Bearer first");

        Files.writeString(file, "second");
        assertThat(token.header()).isEqualTo("Bearer second");

        Files.delete(file);
        assertThat(token.header()).isEqualTo("Bearer second");
    }

    @Test
    void a_file_that_never_was_is_named() {
        assertThatThrownBy(() -> BearerToken.file(folder.resolve("token")).header())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(folder.resolve("token").toString())
                .hasMessageContaining("automountServiceAccountToken");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret\nX-Header: y", "secret secret", "secr\u20act"})
    void what_no_header_can_hold_is_refused_and_not_shown(String text) {
        assertThatThrownBy(() -> BearerToken.of(() -> text).header())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secr")
                .hasNoCause();
    }
}
