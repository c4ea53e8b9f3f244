package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/ledger.md} says what a token is. */
class TokenPageTest {

    private final String page = page();

    @Test
    void its_header_and_its_claims_are_those_that_are_written() throws TokenException {
        String header = block("header");
        String payload = block("payload");

        TokenClaims claims = TokenFormat.claims(TokenFormat.json("payload", encoded(payload)));
        assertThat(decoded(TokenFormat.payload(claims))).isEqualTo(payload);
        assertThat(claims.sessionId()).isEqualTo("s1");
        assertThat(decoded(TokenFormat.header(TokenAlgorithm.ED25519, key().kid())))
                .isEqualTo(header);
        assertThat(UnverifiedToken.MAX_LENGTH).isEqualTo(1_024);
        assertThat(page).contains("at most 1,024 characters");
    }

    /** Of the claim that the page writes. */
    private VerificationKey key() {
        Matcher key =
                Pattern.compile("key-([\\w-]+)[.]pub\",\"value\":\"([\\w-]+)\"").matcher(page);
        assertThat(key.find()).isTrue();
        VerificationKey parsed = VerificationKey.parse(key.group(2));
        assertThat(parsed.kid()).isEqualTo(key.group(1));
        return parsed;
    }

    private String block(String name) {
        Matcher block = Pattern.compile("<!-- token: " + name + " -->\n```json\n(.*)\n```")
                .matcher(page);
        assertThat(block.find()).as(name).isTrue();
        return block.group(1);
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), UTF_8);
    }

    private static String page() {
        try {
            return Files.readString(Path.of(System.getProperty("orchestration.root"), "docs", "ledger.md"), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
