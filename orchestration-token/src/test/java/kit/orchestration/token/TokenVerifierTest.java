package kit.orchestration.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import kit.orchestration.Token;
import kit.orchestration.token.TokenException.Reason;
import org.junit.jupiter.api.Test;

class TokenVerifierTest {

    private final SigningKey key = Vectors.hs256();
    private final Token token = TokenSigner.of(key).sign(Vectors.CLAIMS);

    @Test
    void acceptsATokenUntilItExpires() throws TokenException {
        assertThat(at(Vectors.CLAIMS.expiresAt().minusNanos(1)).build().verify(token))
                .isEqualTo(Vectors.CLAIMS);
        assertRefused(at(Vectors.CLAIMS.expiresAt()), Reason.EXPIRED, "token expired at 2025-07-20T08:27:40Z");
    }

    @Test
    void givesLeewayToClocks() throws TokenException {
        Duration leeway = Duration.ofSeconds(5);
        Instant end = Vectors.CLAIMS.expiresAt().plus(leeway);

        assertThat(at(end.minusNanos(1)).leeway(leeway).build().verify(token)).isEqualTo(Vectors.CLAIMS);
        assertRefused(at(end).leeway(leeway), Reason.EXPIRED, "token expired");
    }

    @Test
    void refusesAnotherPool() throws TokenException {
        assertThat(at(Vectors.ISSUED).pool("duel").build().verify(token)).isEqualTo(Vectors.CLAIMS);
        assertRefused(at(Vectors.ISSUED).pool("melee"), Reason.OTHER_POOL, "pool must be melee, was duel");
    }

    @Test
    void refusesAnotherPodAndAnotherBoot() throws TokenException {
        assertThat(at(Vectors.ISSUED).audience("duel-0/boot-1").build().verify(token))
                .isEqualTo(Vectors.CLAIMS);
        assertRefused(
                at(Vectors.ISSUED).audience("duel-0/boot-2"),
                Reason.OTHER_POD,
                "aud must be duel-0/boot-2, was duel-0/boot-1");
    }

    @Test
    void findsTheKeyByItsKid() throws TokenException {
        VerificationKey ed25519 = VerificationKey.parse(Vectors.PUBLIC);
        TokenVerifier both = at(Vectors.ISSUED).key(ed25519).build();

        assertThat(both.verify(token)).isEqualTo(Vectors.CLAIMS);
        assertThat(both.verify(Vectors.ED25519_TOKEN)).isEqualTo(Vectors.CLAIMS);
        assertRefused(
                TokenVerifier.builder().key(ed25519), Reason.BAD_SIGNATURE, "kid must name a known key, was hs-1");
    }

    @Test
    void saysBadSignatureBeforeExpired() {
        SigningKey other = SigningKey.hs256("hs-1", new byte[32]);

        assertRefused(
                TokenVerifier.builder().key(other.verificationKey()), Reason.BAD_SIGNATURE, "signature must be by key");
    }

    @Test
    void ofUsesTheSystemsClock() {
        TokenException refused = catchThrowableOfType(
                TokenException.class,
                () -> TokenVerifier.of(key.verificationKey()).verify(token));

        assertThat(refused.reason()).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void needsAKey() {
        assertThatThrownBy(TokenVerifier::of)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a verifier must have a key, had none");
    }

    @Test
    void boundsTheLeeway() {
        assertThat(TokenVerifier.builder().leeway(Duration.ofDays(1))).isNotNull();
        assertThatThrownBy(
                        () -> TokenVerifier.builder().leeway(Duration.ofDays(1).plusNanos(1)))
                .hasMessageContaining("leeway must be");
        assertThatThrownBy(() -> TokenVerifier.builder().leeway(Duration.ofNanos(-1)))
                .hasMessageContaining("leeway must be");
    }

    private TokenVerifier.Builder at(Instant now) {
        return TokenVerifier.builder().key(key.verificationKey()).clock(InstantSource.fixed(now));
    }

    private void assertRefused(TokenVerifier.Builder verifier, Reason reason, String message) {
        TokenException refused = catchThrowableOfType(
                TokenException.class, () -> verifier.build().verify(token));
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused).hasMessageContaining(message);
        assertThat(refused.getMessage()).doesNotContain(token.encoded());
    }
}
