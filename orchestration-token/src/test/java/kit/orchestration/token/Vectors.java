package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.OptionalInt;

/** Tokens that other implementations made, and a workshop for bad ones. */
final class Vectors {

    static final Instant ISSUED = Instant.ofEpochSecond(1_753_000_000);
    static final TokenClaims CLAIMS =
            new TokenClaims("duel", "s-1", OptionalInt.of(7), "duel-0/boot-1", ISSUED, ISSUED.plusSeconds(60));

    /** The key of RFC 8037, A.1, as openssl writes it. Published, so no secret. */
    static final String PEM = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----
            """;
    /** RFC 8037, A.2. */
    static final String PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    /** CLAIMS signed with that key by openssl 3.0 (pkeyutl -sign -rawin), JSON and base64 by Python. */
    static final String ED25519_TOKEN = "eyJhbGciOiJFZERTQSIsInR5cCI6Im9yY2grand0Iiwia2lkIjoia1ByS19xbXhWV2FZVkE5dyJ9"
            + ".eyJwb29sIjoiZHVlbCIsInNpZCI6InMtMSIsInNsb3QiOjcsImF1ZCI6ImR1ZWwtMC9ib290LTEi"
            + "LCJpYXQiOjE3NTMwMDAwMDAsImV4cCI6MTc1MzAwMDA2MH0"
            + ".3qjy5QY65c1mJjMK2SpjE4NdB1Ex4hoT0Lh8KYFPKQ_xwpig8YpcvaMpLOlITcs2AHww7plSxBNTsB2iQOKZCA";
    /** CLAIMS signed by Python's hmac with {@link #secret()} and kid hs-1. */
    static final String HS256_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6Im9yY2grand0Iiwia2lkIjoiaHMtMSJ9"
            + ".eyJwb29sIjoiZHVlbCIsInNpZCI6InMtMSIsInNsb3QiOjcsImF1ZCI6ImR1ZWwtMC9ib290LTEi"
            + "LCJpYXQiOjE3NTMwMDAwMDAsImV4cCI6MTc1MzAwMDA2MH0"
            + ".B34wekASBAJMF6FXwUOCgkttnzpkYpbiu4352VstQG8";

    static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"orch+jwt\",\"kid\":\"hs-1\"}";
    static final String PAYLOAD =
            "{\"pool\":\"duel\",\"sid\":\"s-1\",\"slot\":7,\"aud\":\"duel-0/boot-1\",\"iat\":1753000000,"
                    + "\"exp\":1753000060}";

    private Vectors() {}

    /** The bytes 0 to 31. */
    static byte[] secret() {
        byte[] secret = new byte[32];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        return secret;
    }

    static SigningKey hs256() {
        return SigningKey.hs256("hs-1", secret());
    }

    /** A token of this JSON, rightly signed with {@link #hs256()}: nothing but the JSON can be wrong with it. */
    static String forge(String header, String payload) {
        return sign(base64(header) + '.' + base64(payload));
    }

    static String sign(String input) {
        return input + '.' + Base64Text.encode(hs256().signing().sign(input.getBytes(US_ASCII)));
    }

    static String base64(String text) {
        return Base64Text.encode(text.getBytes(UTF_8));
    }
}
