package kit.orchestration.token;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import kit.orchestration.Limits;

/** Claims as JSON (RFC 7519, 4). Claims that we don't know are skipped, as section 4 asks: a later version may add one. */
final class ClaimsFormat {

    private ClaimsFormat() {}

    static Map<String, Object> write(TokenClaims claims) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pool", claims.pool());
        json.put("sid", claims.sessionId());
        claims.slot().ifPresent(slot -> json.put("slot", slot));
        json.put("aud", claims.audience());
        json.put("iat", claims.issuedAt().getEpochSecond());
        json.put("exp", claims.expiresAt().getEpochSecond());
        return json;
    }

    static TokenClaims read(Map<String, Object> json) throws TokenException {
        String pool = TokenFormat.string(json, "pool");
        String sessionId = TokenFormat.string(json, "sid");
        String audience = TokenFormat.string(json, "aud");
        try {
            return new TokenClaims(pool, sessionId, slot(json), audience, time(json, "iat"), time(json, "exp"));
        } catch (IllegalArgumentException e) {
            throw TokenException.malformed(String.valueOf(e.getMessage()));
        }
    }

    private static OptionalInt slot(Map<String, Object> json) throws TokenException {
        if (!json.containsKey("slot")) {
            return OptionalInt.empty();
        }
        long slot = TokenFormat.number(json, "slot");
        if (slot != (int) slot) {
            throw TokenException.malformed("slot must be 0 to %s, was %s".formatted(Limits.CAPACITY - 1, slot));
        }
        return OptionalInt.of((int) slot);
    }

    private static Instant time(Map<String, Object> json, String name) throws TokenException {
        try {
            return Instant.ofEpochSecond(TokenFormat.number(json, name));
        } catch (DateTimeException e) {
            throw TokenException.malformed(name + " must be seconds from 1970 to 9999");
        }
    }
}
