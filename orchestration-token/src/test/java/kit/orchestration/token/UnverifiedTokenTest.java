package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static kit.orchestration.token.Vectors.HEADER;
import static kit.orchestration.token.Vectors.HS256_TOKEN;
import static kit.orchestration.token.Vectors.PAYLOAD;
import static kit.orchestration.token.Vectors.base64;
import static kit.orchestration.token.Vectors.forge;
import static kit.orchestration.token.Vectors.sign;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Base64;
import kit.orchestration.Token;
import kit.orchestration.token.TokenException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnverifiedTokenTest {

    private static final VerificationKey HS256 = Vectors.hs256().verificationKey();
    private static final VerificationKey ED25519 = VerificationKey.parse(Vectors.PUBLIC);

    @Test
    void readsAndVerifiesWhatOtherImplementationsSigned() throws TokenException {
        assertThat(UnverifiedToken.parse(HS256_TOKEN).verify(HS256)).isEqualTo(Vectors.CLAIMS);
        assertThat(UnverifiedToken.parse(Token.of(Vectors.ED25519_TOKEN)).verify(ED25519))
                .isEqualTo(Vectors.CLAIMS);
        assertThat(UnverifiedToken.parse(forge(HEADER, PAYLOAD)).verify(HS256)).isEqualTo(Vectors.CLAIMS);
    }

    @Test
    void showsKidAlgorithmAndClaimsBeforeTheSignatureIsLookedAt() throws TokenException {
        UnverifiedToken token = UnverifiedToken.parse(HS256_TOKEN);

        assertThat(token.kid()).isEqualTo("hs-1");
        assertThat(token.algorithm()).isEqualTo(TokenAlgorithm.HS256);
        assertThat(token.claims()).isEqualTo(Vectors.CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "", "HS384", "RS256", "Ed25519", "hs256"})
    void refusesEveryOtherAlgorithm(String alg) {
        assertMalformed(forge(HEADER.replace("HS256", alg), PAYLOAD), "alg must be EdDSA or HS256, was \"" + alg + '"');
    }

    @Test
    void refusesAlgNoneWithoutASignature() {
        assertMalformed(
                base64(HEADER.replace("HS256", "none")) + '.' + base64(PAYLOAD) + '.',
                "alg must be EdDSA or HS256, was \"none\"");
    }

    @Test
    void refusesThePublicKeyAsAnHmacSecret() throws TokenException {
        byte[] publicBytes = Base64.getUrlDecoder().decode(Vectors.PUBLIC);
        Token token =
                TokenSigner.of(SigningKey.hs256(ED25519.kid(), publicBytes)).sign(Vectors.CLAIMS);

        assertBadSignature(token.encoded(), ED25519, "alg must be EdDSA with this key, was HS256");
    }

    @Test
    void refusesAnotherKid() throws TokenException {
        assertBadSignature(HS256_TOKEN, ED25519, "kid must be kPrK_qmxVWaYVA9w, was hs-1");
    }

    @Test
    void refusesAnotherKeyOfTheSameKid() throws TokenException {
        SigningKey other = SigningKey.hs256("hs-1", new byte[32]);

        assertBadSignature(HS256_TOKEN, other.verificationKey(), "signature must be by key hs-1, was not");
    }

    @Test
    void refusesEveryCharacterThatIsChanged() {
        for (String token : new String[] {HS256_TOKEN, Vectors.ED25519_TOKEN}) {
            VerificationKey key = token.equals(HS256_TOKEN) ? HS256 : ED25519;
            for (int i = 0; i < token.length(); i++) {
                String changed = token.substring(0, i) + (token.charAt(i) == 'A' ? 'B' : 'A') + token.substring(i + 1);
                assertThat(catchThrowableOfType(
                                TokenException.class,
                                () -> UnverifiedToken.parse(changed).verify(key)))
                        .as("character %d changed", i)
                        .isNotNull();
            }
        }
    }

    @Test
    void refusesEveryCut() {
        for (int length = 0; length < HS256_TOKEN.length(); length++) {
            assertMalformed(HS256_TOKEN.substring(0, length), "must");
            assertMalformed(HS256_TOKEN.substring(length + 1), "must");
        }
    }

    @Test
    void refusesADoubledToken() {
        assertMalformed(HS256_TOKEN + HS256_TOKEN, "three parts");
        assertMalformed(HS256_TOKEN + '.' + HS256_TOKEN, "three parts");
        assertMalformed(HS256_TOKEN + '.', "three parts");
    }

    @Test
    void looksAtTheSizeBeforeAnythingElse() {
        assertMalformed("A".repeat(1_000_000), "a token must have at most 1024 characters, had 1000000");
        assertMalformed(".".repeat(1_025), "a token must have at most 1024 characters, had 1025");
        assertMalformed(".".repeat(1_024), "three parts");
    }

    @Test
    void takes1024CharactersAndNotOneMore() throws TokenException {
        String atLimit = "";
        for (int fill = 0; atLimit.length() < UnverifiedToken.MAX_LENGTH; fill++) {
            atLimit = forge(HEADER, PAYLOAD.replace("}", ",\"later\":\"" + "x".repeat(fill) + "\"}"));
        }
        assertThat(atLimit).hasSize(UnverifiedToken.MAX_LENGTH);
        assertThat(UnverifiedToken.parse(atLimit).verify(HS256)).isEqualTo(Vectors.CLAIMS);
        assertMalformed(atLimit + "A", "had 1025");
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "orch+JWT", "application/orch+jwt", "at+jwt", ""})
    void refusesAnotherType(String typ) {
        assertMalformed(forge(HEADER.replace("orch+jwt", typ), PAYLOAD), "typ must be orch+jwt, was \"" + typ + '"');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1','crit':['x']}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1','b64':false}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1','jwk':{}}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1','cty':null}",
                "{'alg':'HS256','typ':'orch+jwt'}"
            })
    void refusesAHeaderWithMoreOrLess(String header) {
        assertMalformed(
                forge(header.replace('\'', '"'), PAYLOAD), "header must have alg, typ and kid and nothing else");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'alg':'HS256','alg':'HS256','typ':'orch+jwt','kid':'hs-1'}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1','kid':'hs-2'}",
                "{'alg':'HS256','\\u0061lg':'none','typ':'orch+jwt','kid':'hs-1'}",
                "[['alg','HS256'],['typ','orch+jwt'],['kid','hs-1']]",
                "\ufeff{'alg':'HS256','typ':'orch+jwt','kid':'hs-1'}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1'",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1'}{}",
                "{'alg':'HS256' 'typ':'orch+jwt','kid':'hs-1'}",
                "{'alg':'HS256','typ':'orch+jwt','kid':'hs-1',}",
                "{alg:'HS256','typ':'orch+jwt','kid':'hs-1'}",
                "null",
                "[]",
                "'HS256'",
                "7",
                " ",
                ""
            })
    void refusesAHeaderThatIsNoStrictJsonObject(String header) {
        assertMalformed(
                forge(header.replace('\'', '"'), PAYLOAD), "header must be a JSON object without duplicate keys");
    }

    @ParameterizedTest
    @CsvSource({"alg,null", "alg,1", "typ,null", "typ,[]", "kid,null", "kid,1", "kid,{}", "kid,[]"})
    void refusesAHeaderFieldThatIsNoString(String name, String value) {
        assertMalformed(
                forge(HEADER.replaceAll("\"" + name + "\":\"[^\"]*\"", "\"" + name + "\":" + value), PAYLOAD),
                name + " must be there, and a string");
    }

    @Test
    void refusesAKidThatIsTooLongOrHasOtherCharacters() throws TokenException {
        assertThat(UnverifiedToken.parse(forge(HEADER.replace("hs-1", "k".repeat(64)), PAYLOAD))
                        .kid())
                .hasSize(64);
        assertMalformed(forge(HEADER.replace("hs-1", "k".repeat(65)), PAYLOAD), "kid must be 1 to 64");
        assertMalformed(forge(HEADER.replace("hs-1", ""), PAYLOAD), "kid must be 1 to 64");
        assertMalformed(forge(HEADER.replace("hs-1", "a\\nb"), PAYLOAD), "was \"a?b\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "==", "!", " ", "\n", "+", "/", "é", "\u0000", "A"})
    void refusesWhatIsNotBase64urlInEveryPart(String more) {
        String[] parts = HS256_TOKEN.split("\\.", -1);
        assertMalformed(sign(parts[0] + more + '.' + parts[1]), "must");
        assertMalformed(sign(more + parts[0] + '.' + parts[1]), "must");
        assertMalformed(sign(parts[0] + '.' + parts[1] + more), "must");
        assertMalformed(HS256_TOKEN + more, "must");
    }

    @Test
    void refusesTheSameSignatureInAnotherText() {
        // The last character of 43 holds two bits that decoders ignore: 8, 9, - and _ would all do.
        assertThat(HS256_TOKEN).endsWith("8");
        assertMalformed(
                HS256_TOKEN.substring(0, HS256_TOKEN.length() - 1) + '9',
                "signature must be base64url without padding");
    }

    @Test
    void refusesASignatureOfAnotherLength() {
        String[] parts = HS256_TOKEN.split("\\.", -1);
        assertMalformed(
                parts[0] + '.' + parts[1] + '.' + Base64Text.encode(new byte[64]),
                "signature must have 32 bytes with HS256, had 64");
        assertMalformed(parts[0] + '.' + parts[1] + '.', "signature must have 32 bytes with HS256, had 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"pool\":\"duel\",|\"pool\":1,|pool must be there, and a string",
                "\"pool\":\"duel\",|\"pool\":\"Duel\",|pool must be a DNS label",
                "\"pool\":\"duel\",|\"pool\":\"duel\",\"pool\":\"duel\",|without duplicate keys",
                "\"pool\":\"duel\",|\"x\":1,|pool must be there, and a string",
                "\"sid\":\"s-1\"|\"sid\":[\"s-1\"]|sid must be there, and a string",
                "\"sid\":\"s-1\"|\"sid\":\"s 1\"|sessionId must be 1 to 64",
                "\"slot\":7|\"slot\":\"7\"|slot must be there, and a whole number",
                "\"slot\":7|\"slot\":7.0|slot must be there, and a whole number",
                "\"slot\":7|\"slot\":null|slot must be there, and a whole number",
                "\"slot\":7|\"slot\":true|slot must be there, and a whole number",
                "\"slot\":7|\"slot\":007|payload must be a JSON object",
                "\"slot\":7|\"slot\":-1|slot must be 0 to 999, was -1",
                "\"slot\":7|\"slot\":1000|slot must be 0 to 999, was 1000",
                "\"slot\":7|\"slot\":4294967303|slot must be 0 to 999, was 4294967303",
                "\"aud\":\"duel-0/boot-1\"|\"aud\":[\"duel-0/boot-1\"]|aud must be there, and a string",
                "\"aud\":\"duel-0/boot-1\"|\"aud\":\"\"|audience must be 1 to 320",
                "\"iat\":1753000000|\"iat\":\"1753000000\"|iat must be there, and a whole number",
                "\"iat\":1753000000|\"iat\":1753000000.5|iat must be there, and a whole number",
                "\"iat\":1753000000|\"iat\":1753e6|iat must be there, and a whole number",
                "\"iat\":1753000000|\"iat\":-1|issuedAt must be whole seconds from 1970 to 9999",
                "\"iat\":1753000000|\"iat\":1753000060|expiresAt must be after issuedAt",
                "\"exp\":1753000060|\"exp\":1752999999|expiresAt must be after issuedAt",
                "\"exp\":1753000060|\"exp\":253402300800|expiresAt must be whole seconds from 1970 to 9999",
                "\"exp\":1753000060|\"exp\":9223372036854775807|exp must be seconds from 1970 to 9999",
                "\"exp\":1753000060|\"exp\":99999999999999999999|exp must be there, and a whole number",
                "\"exp\":1753000060|\"exp\":NaN|payload must be a JSON object",
            })
    void refusesClaimsOfTheWrongTypeOrRange(String right, String wrong, String message) {
        assertThat(PAYLOAD).contains(right);
        assertMalformed(forge(HEADER, PAYLOAD.replace(right, wrong)), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "", "null", "{\"a\":{\"a\":{\"a\":"})
    void refusesAPayloadWithoutClaims(String payload) {
        assertMalformed(forge(HEADER, payload), "must");
    }

    @Test
    void skipsClaimsThatItDoesNotKnow() throws TokenException {
        String payload = PAYLOAD.replace("}", ",\"later\":{\"version\":[1,2]}}");

        assertThat(UnverifiedToken.parse(forge(HEADER, payload)).verify(HS256)).isEqualTo(Vectors.CLAIMS);
    }

    @Test
    void isPrintedWithoutTheSignature() throws TokenException {
        assertThat(UnverifiedToken.parse(HS256_TOKEN).toString())
                .contains("hs-1")
                .doesNotContain(HS256_TOKEN.split("\\.", -1)[2]);
    }

    private static void assertMalformed(String token, String message) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> UnverifiedToken.parse(token));
        assertThat(refused).as("a refusal with: %s", message).isNotNull();
        assertThat(refused.reason()).isEqualTo(Reason.MALFORMED);
        assertSilent(refused, token);
        assertThat(refused).hasMessageContaining(message);
    }

    private static void assertBadSignature(String token, VerificationKey key, String message) throws TokenException {
        UnverifiedToken unverified = UnverifiedToken.parse(token);
        TokenException refused = catchThrowableOfType(TokenException.class, () -> unverified.verify(key));
        assertThat(refused).hasMessage(message);
        assertThat(refused.reason()).isEqualTo(Reason.BAD_SIGNATURE);
        assertSilent(refused, token);
    }

    /** No part of the token's text, and nothing that would break a line of a log. */
    private static void assertSilent(TokenException refused, String token) {
        for (String part : token.split("\\.", -1)) {
            if (part.length() > 8) {
                assertThat(refused.toString()).doesNotContain(part);
            }
        }
        assertThat(refused).hasNoCause();
        assertThat(refused.getStackTrace()).isEmpty();
        assertThat(US_ASCII.newEncoder().canEncode(refused.toString())).isTrue();
        assertThat(refused.toString()).doesNotContain("\n", "\r");
    }
}
