package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Text that machines read, in a JVM of Egypt, whose digits are others. */
class LanguageTest {

    private final Locale before = Locale.getDefault();

    @BeforeEach
    void speak() {
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
    }

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    @Test
    void a_formatted_number_is_in_other_digits() {
        assertThat(String.format(Locale.getDefault(), "%d", 200))
                .as("or this test shows nothing")
                .isEqualTo("\u0662\u0660\u0660");
    }

    @Test
    void a_probe_is_answered_in_the_digits_of_http() {
        for (int status : List.of(200, 400, 404, 405, 431, 503)) {
            byte[] bytes = new ProbeAnswer(status, "text").encode(false).array();

            assertThat(new String(bytes, US_ASCII))
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("Content-Length: 5\r\n");
        }
    }
}
