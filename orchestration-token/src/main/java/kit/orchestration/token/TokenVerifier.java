package kit.orchestration.token;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.Token;
import org.jspecify.annotations.Nullable;

/**
 * The whole check of a token in one step, for gateways and proxies that hold the keys: form, key, pool, audience,
 * signature, time. {@link #of} is the short way, {@link #builder()} the long one. Immutable, blocks never, and is safe
 * for any number of threads at once.
 *
 * <p>It has no memory: it can't know that a token has been used. That is the pod's to know.
 */
public final class TokenVerifier {

    private final Map<String, VerificationKey> keys;
    private final @Nullable String pool;
    private final @Nullable String audience;
    private final InstantSource clock;
    private final Duration leeway;

    private TokenVerifier(Builder builder) {
        this.keys = Map.copyOf(builder.keys);
        this.pool = builder.pool;
        this.audience = builder.audience;
        this.clock = builder.clock;
        this.leeway = builder.leeway;
    }

    /** Verifies tokens of these keys, for any pool and pod, by the system's clock without leeway. */
    public static TokenVerifier of(VerificationKey... keys) {
        Builder builder = builder();
        for (VerificationKey key : keys) {
            builder.key(key);
        }
        return builder.build();
    }

    /** A verifier without keys, to which {@link Builder#key} adds some. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What the token says, if it is to be believed.
     *
     * @throws TokenException if not, with the reason; the cheap checks come first
     */
    public TokenClaims verify(String token) throws TokenException {
        UnverifiedToken unverified = UnverifiedToken.parse(token);
        VerificationKey key = keys.get(unverified.kid());
        if (key == null) {
            throw new TokenException(
                    TokenException.Reason.BAD_SIGNATURE, "kid must name a known key, was " + unverified.kid());
        }
        TokenClaims claims = unverified.claims();
        if (pool != null && !pool.equals(claims.pool())) {
            throw new TokenException(
                    TokenException.Reason.OTHER_POOL, "pool must be %s, was %s".formatted(pool, claims.pool()));
        }
        if (audience != null && !audience.equals(claims.audience())) {
            throw new TokenException(
                    TokenException.Reason.OTHER_POD, "aud must be %s, was %s".formatted(audience, claims.audience()));
        }
        unverified.verify(key);
        if (claims.expiredAt(clock.instant(), leeway)) {
            throw new TokenException(TokenException.Reason.EXPIRED, "token expired at " + claims.expiresAt());
        }
        return claims;
    }

    /** As {@link #verify(String)}. */
    public TokenClaims verify(Token token) throws TokenException {
        return verify(token.encoded());
    }

    /** Builds a verifier; not safe for several threads. */
    public static final class Builder {
        private final Map<String, VerificationKey> keys = new HashMap<>();
        private @Nullable String pool;
        private @Nullable String audience;
        private InstantSource clock = InstantSource.system();
        private Duration leeway = Duration.ZERO;

        private Builder() {}

        /** A key to accept tokens of, found by its kid. */
        public Builder key(VerificationKey key) {
            keys.put(key.kid(), key);
            return this;
        }

        /** The only pool to accept tokens for; any, if it is not set. */
        public Builder pool(String pool) {
            this.pool = Limits.checkPool(pool);
            return this;
        }

        /** The only audience to accept tokens for; any, if it is not set. */
        public Builder audience(String audience) {
            this.audience = TokenClaims.checkAudience(audience);
            return this;
        }

        /** Where the time comes from; the system, if it is not set. */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock must not be null");
            return this;
        }

        /** How far the clocks of signer and verifier may be apart, at most a day; zero, if it is not set. */
        public Builder leeway(Duration leeway) {
            this.leeway = Limits.checkRange("leeway", leeway, Duration.ZERO, Duration.ofDays(1));
            return this;
        }

        /**
         * The verifier.
         *
         * @throws IllegalStateException if it has no key, and so would refuse every token
         */
        public TokenVerifier build() {
            if (keys.isEmpty()) {
                throw new IllegalStateException("a verifier must have a key, had none");
            }
            return new TokenVerifier(this);
        }
    }
}
