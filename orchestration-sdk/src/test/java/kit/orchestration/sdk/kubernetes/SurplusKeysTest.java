package kit.orchestration.sdk.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The older of too many keys are taken out of the Lease, while sessions come that need them. */
class SurplusKeysTest extends LedgerRig {

    private final VerificationKey first = SigningKey.generateEd25519().verificationKey();

    @BeforeEach
    void too_many_keys_beside_two_sessions() {
        server.write(Map.of(LedgerNames.key(first.kid()), first.text(), "0", held(7, "s-1"), "1", held(9, "s-2")));
        time.advance(Duration.ofSeconds(1));
        server.holdPatches = true;
        for (int i = 0; i < LeaseKeys.MOST; i++) {
            VerificationKey key = SigningKey.generateEd25519().verificationKey();
            server.write(Map.of(LedgerNames.key(key.kid()), key.text()));
        }
        time.advance(Duration.ofSeconds(1));
        pod.free(claim("s-2", 1));
        time.advance(Duration.ofMillis(900));
        assertThat(server.text(LedgerNames.key(first.kid()))).isNotNull();
    }

    @Test
    void counts_for_a_claim_that_was_made_while_the_patch_was_on_its_way() {
        server.write(Map.of("0", "8")); // taken back by its allocator
        server.write(Map.of("0", held(8, "s-3"))); // and claimed by the one whose key is the first
        server.releasePatches();
        time.advance(Duration.ofSeconds(2));

        assertThat(server.text("1")).isEqualTo("10");
        assertThat(told).endsWith("claimed s-3");
        assertThat(pod.key(first.kid())).isPresent();

        pod.free(claim("s-3", 0));
        time.advance(Duration.ofSeconds(2));
        assertThat(server.text(LedgerNames.key(first.kid()))).isNull();
        assertThat(pod.key(first.kid())).isEmpty();
    }
}
