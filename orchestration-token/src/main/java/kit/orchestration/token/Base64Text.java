package kit.orchestration.token;

import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Base64url without padding (RFC 7515, 2), by the JDK. JOSE libraries decode it leniently: they skip foreign
 * characters, take padding and ignore the bits left over, so that one signature has many texts (tried: Nimbus 10.10,
 * jose4j 0.9.7).
 */
final class Base64Text {

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private Base64Text() {}

    static String encode(byte[] bytes) {
        return ENCODER.encodeToString(bytes);
    }

    /** The bytes; null if the text is not exactly what {@link #encode} gives for them. */
    static byte @Nullable [] decode(String text) {
        try {
            byte[] bytes = DECODER.decode(text);
            return encode(bytes).equals(text) ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
