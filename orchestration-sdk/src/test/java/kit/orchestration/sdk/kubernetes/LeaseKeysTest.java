package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

class LeaseKeysTest {

    private final LeaseKeys keys = new LeaseKeys();
    private final VerificationKey key = SigningKey.generateEd25519().verificationKey();

    private void update(Map<String, String> texts, String... sessions) {
        keys.update(texts);
        keys.prune(() -> Set.of(sessions));
    }

    private static Map<String, String> texts(List<VerificationKey> keys) {
        Map<String, String> texts = new LinkedHashMap<>();
        keys.forEach(each -> texts.put(each.kid(), each.text()));
        return texts;
    }

    @Test
    void a_key_is_read_once_and_known_until_somebody_takes_it_away() {
        update(Map.of(key.kid(), key.text()));

        assertThat(keys.get(key.kid())).contains(key);
        assertThat(keys.get(key.kid()).orElseThrow())
                .isSameAs(keys.get(key.kid()).orElseThrow());

        update(Map.of(), "a session that lives");

        assertThat(keys.get(key.kid())).isEmpty();
    }

    @Test
    void what_is_no_key_or_another_key_than_its_name_says_is_none_and_is_taken_out() {
        update(Map.of("not-a-key", "text", "0123456789abcdef", key.text()));

        assertThat(keys.get("not-a-key")).isEmpty();
        assertThat(keys.get("0123456789abcdef")).isEmpty();
        assertThat(keys.get("absent")).isEmpty();
        assertThat(keys.spoilt()).containsOnlyKeys("not-a-key", "0123456789abcdef");
        assertThat(keys.spoiltGood()).isEmpty();
    }

    @Test
    void a_key_whose_text_somebody_spoilt_counts_on() {
        update(Map.of(key.kid(), key.text()));
        update(Map.of(key.kid(), "nonsense"));

        assertThat(keys.get(key.kid())).contains(key);
        assertThat(keys.spoilt()).containsEntry(key.kid(), "nonsense");
        assertThat(keys.spoiltGood()).containsExactly(key.kid());

        update(Map.of(key.kid(), key.text()));

        assertThat(keys.spoilt()).isEmpty();
        assertThat(keys.get(key.kid())).contains(key);
    }

    @Test
    void the_older_half_of_too_many_is_dropped_and_counts_until_the_sessions_of_that_moment_have_ended() {
        List<VerificationKey> all = new ArrayList<>();
        for (int i = 0; i < LeaseKeys.MOST; i++) {
            all.add(SigningKey.generateEd25519().verificationKey());
            update(texts(all), "s-1");
        }
        assertThat(keys.surplus()).isEmpty();
        all.add(key);
        update(texts(all), "s-1");

        List<String> surplus = keys.surplus();
        assertThat(surplus)
                .isEqualTo(List.copyOf(
                        texts(all.subList(0, 1 + LeaseKeys.MOST / 2)).keySet()));
        keys.drop(surplus, Set.of("s-1", "s-2"));
        keys.drop(surplus, Set.of("s-1", "s-2")); // the write failed, and was repeated
        List<VerificationKey> left = all.subList(1 + LeaseKeys.MOST / 2, all.size());
        update(texts(left), "s-2", "s-3");
        assertThat(surplus).allSatisfy(kid -> assertThat(keys.get(kid)).isPresent());

        update(texts(left), "s-3");

        assertThat(surplus).allSatisfy(kid -> assertThat(keys.get(kid)).isEmpty());
        assertThat(left).allSatisfy(each -> assertThat(keys.get(each.kid())).contains(each));
        assertThat(keys.wanted()).isEqualTo(texts(left));
    }
}
