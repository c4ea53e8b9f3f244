package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllocationTest {

    private static final String SECRET = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0";

    @Test
    void noTextOfAnAllocationShowsItsToken() {
        Allocation allocation = new Allocation(
                "duel",
                new PodAddress("127.0.0.1", 7777),
                "s1",
                Token.of(SECRET),
                Map.of(Allocation.POD_ANNOTATION, "pod-1"),
                Instant.EPOCH);
        assertThat(allocation.toString()).doesNotContain(SECRET).contains("Token[redacted]");
        assertThat("%s".formatted(allocation.token())).doesNotContain(SECRET);
    }

    @Test
    void aTokenGivesItsTextAndBytesToWhoeverAsks() {
        Token token = Token.of(SECRET);
        assertThat(token.encoded()).isEqualTo(SECRET);
        assertThat(token.bytes()).isEqualTo(SECRET.getBytes(StandardCharsets.US_ASCII));
        token.bytes()[0] = 0;
        assertThat(token.bytes()).isEqualTo(SECRET.getBytes(StandardCharsets.US_ASCII));
        assertThat(token).isEqualTo(Token.of(SECRET)).hasSameHashCodeAs(Token.of(SECRET));
        assertThat(token).isNotEqualTo(Token.of(SECRET + "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with space", "with\nline", "ünicode"})
    void aTextThatIsNoTokenIsRefusedWithoutShowingIt(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of(text))
                .satisfies(e -> assertThat(e.getMessage()).startsWith("token must"))
                .satisfies(e -> assertThat(text.isEmpty() || !e.getMessage().contains(text))
                        .isTrue());
    }

    @Test
    @SuppressWarnings("NullAway")
    void aNullTokenIsRefusedByName() {
        assertThatNullPointerException().isThrownBy(() -> Token.of(null)).withMessage("token must not be null");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:7777, 127.0.0.1, 7777",
        "pod-1.game.example:1, pod-1.game.example, 1",
        "[::1]:65535, ::1, 65535",
        "[fe80::1%eth0]:80, fe80::1%eth0, 80"
    })
    void anAddressIsHostAndPortAsTheClientDialsIt(String text, String host, int port) {
        PodAddress address = PodAddress.parse(text);
        assertThat(address).isEqualTo(new PodAddress(host, port));
        assertThat(address).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "host",
                "host:",
                "host:0",
                "host:65536",
                "host:-1",
                "::1:80",
                "[::1]",
                "a b:1",
                "host:8x"
            })
    void anotherAddressIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PodAddress.parse(text))
                .satisfies(e -> assertThat(e.getMessage()).containsAnyOf("address must", "host must", "port must"));
    }
}
