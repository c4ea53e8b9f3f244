package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import kit.orchestration.Limits;

/** A token's text (RFC 7515, 7.1), by the JOSE library. What the library takes and we don't is refused here. */
final class TokenFormat {

    /** A type of our own, so that no other JWT passes for a token, nor a token for another JWT (RFC 8725, 3.11). */
    static final String TYPE = "orch+jwt";

    private static final Set<String> HEADER = Set.of("alg", "typ", "kid");

    private TokenFormat() {}

    static String header(TokenAlgorithm algorithm, String kid) {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("alg", algorithm.joseName());
        header.put("typ", TYPE);
        header.put("kid", kid);
        return encode(header);
    }

    private static String encode(Map<String, Object> json) {
        return Base64Text.encode(JSONObjectUtils.toJSONString(json).getBytes(UTF_8));
    }

    /** Header, payload, signature; all of them base64url. */
    static String[] split(String token) throws TokenException {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw TokenException.malformed("a token must have three parts with dots between them");
        }
        return parts;
    }

    static byte[] decode(String what, String part) throws TokenException {
        byte[] bytes = Base64Text.decode(part);
        if (bytes == null) {
            throw TokenException.malformed(what + " must be base64url without padding");
        }
        return bytes;
    }

    /** A JSON object without duplicate keys. */
    static Map<String, Object> json(String what, String part) throws TokenException {
        String json = new String(decode(what, part), UTF_8);
        // The library also takes a byte order mark, and an array of pairs.
        if (json.startsWith("{")) {
            try {
                return JSONObjectUtils.parse(json);
            } catch (ParseException e) {
                // said below
            }
        }
        throw TokenException.malformed(what + " must be a JSON object without duplicate keys");
    }

    /** The algorithm; type, and that there is nothing else but a kid, are checked on the way. */
    static TokenAlgorithm algorithm(Map<String, Object> header) throws TokenException {
        String alg = string(header, "alg");
        String typ = string(header, "typ");
        if (!typ.equals(TYPE)) {
            throw TokenException.malformed("typ must be " + TYPE + ", was " + Limits.quote(typ));
        }
        if (!header.keySet().equals(HEADER)) {
            throw TokenException.malformed("header must have alg, typ and kid and nothing else");
        }
        for (TokenAlgorithm algorithm : TokenAlgorithm.values()) {
            if (algorithm.joseName().equals(alg)) {
                return algorithm;
            }
        }
        throw TokenException.malformed("alg must be EdDSA or HS256, was " + Limits.quote(alg));
    }

    static String payload(TokenClaims claims) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pool", claims.pool());
        json.put("sid", claims.sessionId());
        claims.slot().ifPresent(slot -> json.put("slot", slot));
        json.put("aud", claims.audience());
        json.put("iat", claims.issuedAt().getEpochSecond());
        json.put("exp", claims.expiresAt().getEpochSecond());
        return encode(json);
    }

    /** Claims that we don't know are skipped (RFC 7519, 4): a later version may add one. */
    static TokenClaims claims(Map<String, Object> json) throws TokenException {
        String pool = string(json, "pool");
        String sessionId = string(json, "sid");
        String audience = string(json, "aud");
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
        long slot = number(json, "slot");
        if (slot != (int) slot) {
            throw TokenException.malformed("slot must be 0 to %s, was %s".formatted(Limits.CAPACITY - 1, slot));
        }
        return OptionalInt.of((int) slot);
    }

    private static Instant time(Map<String, Object> json, String name) throws TokenException {
        try {
            return Instant.ofEpochSecond(number(json, name));
        } catch (DateTimeException e) {
            throw TokenException.malformed(name + " must be seconds from 1970 to 9999");
        }
    }

    static String string(Map<String, Object> json, String name) throws TokenException {
        if (json.get(name) instanceof String value) {
            return value;
        }
        throw TokenException.malformed(name + " must be there, and a string");
    }

    private static long number(Map<String, Object> json, String name) throws TokenException {
        if (json.get(name) instanceof Long value) {
            return value;
        }
        throw TokenException.malformed(name + " must be there, and a whole number");
    }
}
