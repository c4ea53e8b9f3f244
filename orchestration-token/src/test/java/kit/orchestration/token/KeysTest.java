package kit.orchestration.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

    @TempDir
    Path folder;

    @Test
    void readsTheKeyThatOpensslWrites() throws Exception {
        SigningKey key = SigningKey.readEd25519(Files.writeString(folder.resolve("key.pem"), Vectors.PEM));

        assertThat(key.algorithm()).isEqualTo(TokenAlgorithm.ED25519);
        assertThat(key.verificationKey().text()).isEqualTo(Vectors.PUBLIC);
        assertThat(key.verificationKey()).isEqualTo(VerificationKey.parse(Vectors.PUBLIC));
    }

    @Test
    void readsItWithCommentsAndWindowsLineEnds() throws Exception {
        String pem = "Key of the gateway\n" + Vectors.PEM + "\n";
        Path file = Files.writeString(folder.resolve("key.pem"), pem.replace("\n", "\r\n"));

        assertThat(SigningKey.readEd25519(file).verificationKey().text()).isEqualTo(Vectors.PUBLIC);
    }

    @Test
    void theKidIsTheThumbprintOfRfc8037A3InShort() {
        assertThat(VerificationKey.parse(Vectors.PUBLIC).kid()).isEqualTo("kPrK_qmxVWaYVA9w");
        assertThat("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k").startsWith("kPrK_qmxVWaYVA9w");
    }

    @Test
    void aGeneratedPublicKeyGoesThroughItsText() {
        VerificationKey key = SigningKey.generateEd25519().verificationKey();

        VerificationKey read = VerificationKey.parse(key.text());

        assertThat(read).isEqualTo(key).hasSameHashCodeAs(key);
        assertThat(read.kid()).isEqualTo(key.kid());
        assertThat(read.toString()).isEqualTo("VerificationKey[EdDSA %s]".formatted(key.kid()));
    }

    @Test
    void generatedKeysDiffer() {
        assertThat(SigningKey.generateHs256().kid())
                .hasSize(16)
                .isNotEqualTo(SigningKey.generateHs256().kid());
        assertThat(SigningKey.generateEd25519().kid())
                .hasSize(16)
                .isNotEqualTo(SigningKey.generateEd25519().kid());
    }

    @Test
    void anHs256KeyIsNeverWritten() {
        VerificationKey key = Vectors.hs256().verificationKey();

        assertThatThrownBy(key::text)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use Ed25519 across processes");
        assertThat(key.toString()).isEqualTo("VerificationKey[HS256 hs-1]");
        assertThat(key)
                .isNotEqualTo(Vectors.hs256().verificationKey())
                .isNotEqualTo(VerificationKey.parse(Vectors.PUBLIC));
    }

    @Test
    void anHs256SecretHas32BytesAtLeast() {
        assertThatThrownBy(() -> SigningKey.hs256("k", new byte[31]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an HS256 secret must have at least 32 bytes, had 31");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR",
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURoA",
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
                "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR="
            })
    void refusesATextThatIsNoKey(String text) {
        assertThatThrownBy(() -> VerificationKey.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a verification key must be 43 characters of base64url");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ENCRYPTED PRIVATE KEY|AAAA|without a passphrase, held: ENCRYPTED PRIVATE KEY",
                "EC PRIVATE KEY|AAAA|held: EC PRIVATE KEY",
                "PUBLIC KEY|MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=|held: PUBLIC KEY",
                // X25519, as openssl writes it
                "PRIVATE KEY|MC4CAQAwBQYDK2VuBCIEIGDl5FEFSGQUb9D1hqW2Gwy4toJc0W0oL/lFeiFgpAND|must hold an Ed25519 key",
                // cut
                "PRIVATE KEY|MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAM|must hold an Ed25519 key",
                "PRIVATE KEY|AAAA|must hold an Ed25519 key",
            })
    void refusesAnotherKindOfKeyAndNamesTheWayOut(String label, String base64, String message) throws Exception {
        String pem = "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";

        assertKeyFileRefused(Files.writeString(folder.resolve("key.pem"), pem), message, base64);
    }

    @Test
    void refusesWhatIsNoPemFile() throws Exception {
        Path file = folder.resolve("key.pem");
        assertThatThrownBy(() -> SigningKey.readEd25519(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key file " + file
                        + " does not exist; write one with: openssl genpkey -algorithm ed25519 -out " + file);
        assertKeyFileRefused(Files.writeString(file, "s3cret"), "holds no PEM block", "s3cret");
        assertKeyFileRefused(Files.write(file, Base64.getDecoder().decode("MC4CAQAw")), "holds no PEM block", "?");
        assertKeyFileRefused(Files.writeString(file, "#".repeat(16_385)), "at most 16384 bytes", "##");
        assertThatThrownBy(() -> SigningKey.readEd25519(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key file " + folder + " can't be read");
    }

    @Test
    void readsAKeyFileOfTheLargestSize() throws Exception {
        String filled = "#".repeat(16_383 - Vectors.PEM.length()) + "\n" + Vectors.PEM;

        Path file = Files.writeString(folder.resolve("key.pem"), filled);

        assertThat(Files.size(file)).isEqualTo(16_384);
        assertThat(SigningKey.readEd25519(file).verificationKey().text()).isEqualTo(Vectors.PUBLIC);
    }

    private static void assertKeyFileRefused(Path file, String message, String secret) {
        assertThatThrownBy(() -> SigningKey.readEd25519(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key file " + file)
                .hasMessageContaining(message)
                .hasMessageContaining("; name another file")
                .as("a command that writes over what is there")
                .hasMessageNotContaining("openssl")
                .hasNoCause()
                .message()
                .doesNotContain(secret);
    }
}
