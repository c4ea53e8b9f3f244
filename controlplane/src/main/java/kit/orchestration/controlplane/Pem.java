package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.Key;
import java.util.Base64;

/** Keys and certificates as text. */
final class Pem {

    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    static String certificate(byte[] der) {
        return of("CERTIFICATE", der);
    }

    static String privateKey(Key key) {
        return of("PRIVATE KEY", key.getEncoded());
    }

    static String publicKey(Key key) {
        return of("PUBLIC KEY", key.getEncoded());
    }

    private static String of(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + new String(LINES.encode(der), US_ASCII) + "\n-----END " + label
                + "-----\n";
    }
}
