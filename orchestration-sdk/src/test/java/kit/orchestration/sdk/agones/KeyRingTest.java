package kit.orchestration.sdk.agones;

import static org.assertj.core.api.Assertions.assertThat;

import kit.orchestration.token.SigningKey;
import kit.orchestration.token.VerificationKey;
import org.junit.jupiter.api.Test;

class KeyRingTest {

    /** Its note is pushed out by others' now and then, and comes again with its next claim. */
    @Test
    void the_key_of_an_allocator_that_goes_on_claiming_stays_however_many_come_and_go() {
        KeyRing keys = new KeyRing();
        VerificationKey lasting = SigningKey.generateEd25519().verificationKey();
        VerificationKey gone = SigningKey.generateEd25519().verificationKey();
        keys.add(gone.text());
        for (int i = 0; i < KeyRing.KEPT + 100; i++) {
            if (i % Notes.KEYS == 0) {
                keys.add(lasting.text());
            }
            keys.add(SigningKey.generateEd25519().verificationKey().text());
            assertThat(keys.get(lasting.kid())).contains(lasting);
        }
        assertThat(keys.get(gone.kid())).isEmpty();
    }

    @Test
    void what_is_no_key_is_passed_over() {
        KeyRing keys = new KeyRing();
        keys.add("no key");

        assertThat(keys.get("no key")).isEmpty();
    }
}
