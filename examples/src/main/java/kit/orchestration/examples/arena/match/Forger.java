package kit.orchestration.examples.arena.match;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.util.Base64;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import kit.orchestration.Token;

/**
 * Makes bad tokens out of good ones, by hand: a forger would not use our library, and has no use for its checks. A
 * token is a JWS (RFC 7515, 7.1): header, payload and signature in base64url, with dots between them.
 */
final class Forger {

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private Forger() {}

    static String signedByAnother(Token good) {
        String[] parts = parts(good);
        String signed = parts[0] + "." + parts[1];
        return signed + "." + ENCODER.encodeToString(sign(decode(parts[0]), signed.getBytes(US_ASCII)));
    }

    static String unsigned(Token good) {
        String[] parts = parts(good);
        String header = decode(parts[0]).replaceFirst("\"alg\":\"[^\"]*\"", "\"alg\":\"none\"");
        return encode(header) + "." + parts[1] + ".";
    }

    static String cut(Token good) {
        String text = good.encoded();
        return text.substring(0, text.length() - 9);
    }

    static String changed(Token good) {
        String[] parts = parts(good);
        // One more digit in front of a time, a slot, whatever number comes first: other words, the same signature.
        return parts[0] + "." + encode(decode(parts[1]).replaceFirst(":(\\d)", ":1$1")) + "." + parts[2];
    }

    static String garbage() {
        byte[] noise = new byte[150];
        new SecureRandom().nextBytes(noise);
        return ENCODER.encodeToString(noise);
    }

    /** Signs by the algorithm that the header names, so that the key is all that is wrong. */
    private static byte[] sign(String header, byte[] text) {
        try {
            if (header.contains("EdDSA")) {
                Signature signature = Signature.getInstance("Ed25519");
                signature.initSign(KeyPairGenerator.getInstance("Ed25519")
                        .generateKeyPair()
                        .getPrivate());
                signature.update(text);
                return signature.sign();
            }
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(KeyGenerator.getInstance("HmacSHA256").generateKey());
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK from 15 on has both algorithms", e);
        }
    }

    private static String[] parts(Token token) {
        return token.encoded().split("\\.", -1);
    }

    private static String decode(String part) {
        return new String(Base64.getUrlDecoder().decode(part), UTF_8);
    }

    private static String encode(String json) {
        return ENCODER.encodeToString(json.getBytes(UTF_8));
    }
}
