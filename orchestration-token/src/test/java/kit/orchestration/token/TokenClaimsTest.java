package kit.orchestration.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TokenClaimsTest {

    private static final Instant T = Vectors.ISSUED;

    @Test
    void everyFieldTakesItsLimitAndNotOneMore() {
        claims("p".repeat(63), "s", 0, "a", T, T.plusSeconds(1));
        assertRefused("pool", () -> claims("p".repeat(64), "s", 0, "a", T, T.plusSeconds(1)));
        claims("p", "s".repeat(64), 0, "a", T, T.plusSeconds(1));
        assertRefused("sessionId", () -> claims("p", "s".repeat(65), 0, "a", T, T.plusSeconds(1)));
        assertRefused("sessionId", () -> claims("p", "", 0, "a", T, T.plusSeconds(1)));
        claims("p", "s", 999, "a", T, T.plusSeconds(1));
        assertRefused("slot", () -> claims("p", "s", 1_000, "a", T, T.plusSeconds(1)));
        assertRefused("slot", () -> claims("p", "s", -1, "a", T, T.plusSeconds(1)));
        claims("p", "s", 0, "a".repeat(320), T, T.plusSeconds(1));
        assertRefused("audience", () -> claims("p", "s", 0, "a".repeat(321), T, T.plusSeconds(1)));
        assertRefused("audience", () -> claims("p", "s", 0, "a b", T, T.plusSeconds(1)));
        claims("p", "s", 0, "a", Instant.EPOCH, T);
        assertRefused("issuedAt", () -> claims("p", "s", 0, "a", Instant.EPOCH.minusSeconds(1), T));
        assertRefused("issuedAt", () -> claims("p", "s", 0, "a", T.plusNanos(1), T.plusSeconds(1)));
        assertRefused("expiresAt", () -> claims("p", "s", 0, "a", T, T));
        assertRefused("expiresAt", () -> claims("p", "s", 0, "a", T, Instant.parse("+10000-01-01T00:00:00Z")));
    }

    @Test
    void issueNeverLastsShorterThanItsTtl() {
        TokenClaims claims =
                TokenClaims.issue("p", "s", OptionalInt.empty(), "a", T.plusMillis(1), Duration.ofSeconds(60));
        assertThat(claims.issuedAt()).isEqualTo(T);
        assertThat(claims.expiresAt()).isEqualTo(T.plusSeconds(61));

        TokenClaims whole = TokenClaims.issue("p", "s", OptionalInt.empty(), "a", T, Duration.ofSeconds(60));
        assertThat(whole.expiresAt()).isEqualTo(T.plusSeconds(60));
    }

    private static TokenClaims claims(
            String pool, String sessionId, int slot, String audience, Instant issuedAt, Instant expiresAt) {
        return new TokenClaims(pool, sessionId, OptionalInt.of(slot), audience, issuedAt, expiresAt);
    }

    private static void assertRefused(String field, Runnable claims) {
        assertThatThrownBy(claims::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(field + " must be");
    }
}
