package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

class KeysTest {

    private final Keys keys = new Keys();
    private final VerificationKey key = SigningKey.generateEd25519().verificationKey();

    @Test
    void a_key_is_read_once_and_known_until_it_is_dropped() {
        keys.update(Map.of(key.kid(), key.text()));

        assertThat(keys.get(key.kid())).contains(key);
        assertThat(keys.get(key.kid()).orElseThrow())
                .isSameAs(keys.get(key.kid()).orElseThrow());

        keys.update(Map.of());

        assertThat(keys.get(key.kid())).isEmpty();
    }

    @Test
    void what_is_no_key_or_another_key_than_its_name_says_is_none() {
        keys.update(Map.of("not-a-key", "text", "0123456789abcdef", key.text()));

        assertThat(keys.get("not-a-key")).isEmpty();
        assertThat(keys.get("0123456789abcdef")).isEmpty();
        assertThat(keys.get("absent")).isEmpty();
    }

    @Test
    void a_text_that_was_mended_is_read_again() {
        keys.update(Map.of(key.kid(), "nonsense"));
        assertThat(keys.get(key.kid())).isEmpty();

        keys.update(Map.of(key.kid(), key.text()));

        assertThat(keys.get(key.kid())).contains(key);
    }
}
