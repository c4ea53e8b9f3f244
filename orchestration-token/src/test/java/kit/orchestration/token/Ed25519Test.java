package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Ed25519Test {

    private static final byte[] INPUT = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".getBytes(US_ASCII);
    private static final String SIGNATURE =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

    static Stream<Ed25519> both() {
        return Stream.of(Ed25519.jdk(), Ed25519.fastest());
    }

    /** In an image without what its native library loads, say. */
    @Test
    void aSlowSignerSaysWhyItIs() throws Exception {
        Ed25519 found = Ed25519.fastest();
        assertThat(found.note().isEmpty()).isEqualTo(found.provider() != null);

        String slow = new Ed25519Signing(new Ed25519(null, "why it is slow"), privateKey()).provider();
        assertThat(slow).endsWith(" (why it is slow)");
        assertThat(new Ed25519Signing(Ed25519.jdk(), privateKey()).provider()).doesNotContain("(");
    }

    @ParameterizedTest
    @MethodSource("both")
    void signsTheVectorOfRfc8037A4(Ed25519 ed25519) throws Exception {
        byte[] signature = new Ed25519Signing(ed25519, privateKey()).sign(INPUT);

        assertThat(Base64Text.encode(signature)).isEqualTo(SIGNATURE);
    }

    @ParameterizedTest
    @MethodSource("both")
    void verifiesTheVectorOfRfc8037A5AndNoOther(Ed25519 ed25519) {
        PublicKey key = ed25519.publicKey(Base64.getUrlDecoder().decode(Vectors.PUBLIC));
        byte[] signature = Base64.getUrlDecoder().decode(SIGNATURE);

        assertThat(ed25519.verify(key, INPUT, signature)).isTrue();
        assertThat(ed25519.verify(key, Arrays.copyOf(INPUT, INPUT.length - 1), signature))
                .isFalse();
        for (int i = 0; i < signature.length; i++) {
            byte[] other = signature.clone();
            other[i] ^= 1;
            assertThat(ed25519.verify(key, INPUT, other))
                    .as("byte %d turned", i)
                    .isFalse();
        }
        byte[] noScalar = signature.clone();
        Arrays.fill(noScalar, 32, 64, (byte) 0xff);
        assertThat(ed25519.verify(key, INPUT, noScalar)).isFalse();
        assertThat(ed25519.verify(key, INPUT, Arrays.copyOf(signature, 63))).isFalse();
        assertThat(ed25519.verify(key, INPUT, new byte[0])).isFalse();
    }

    @ParameterizedTest
    @MethodSource("both")
    void refusesBytesThatAreNoPointOfTheCurve(Ed25519 ed25519) {
        byte[] noPoint = new byte[32];
        noPoint[0] = 2;

        assertThatThrownBy(() -> ed25519.publicKey(noPoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a point of the curve");
    }

    @Test
    void correttoIsTakenWhereItRuns() throws Exception {
        assumeTrue(System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux"));
        assumeTrue(System.getProperty("os.arch", "").equals("amd64"));

        assertThat(new Ed25519Signing(Ed25519.fastest(), privateKey()).provider())
                .contains("Corretto");
        assertThat(new Ed25519Signing(Ed25519.jdk(), privateKey()).provider()).contains("SunEC");
    }

    private static PrivateKey privateKey() throws Exception {
        String base64 = Vectors.PEM.lines().skip(1).findFirst().orElseThrow();
        return KeyFactory.getInstance("Ed25519")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }
}
