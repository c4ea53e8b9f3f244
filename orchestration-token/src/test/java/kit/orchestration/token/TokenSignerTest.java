package kit.orchestration.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import kit.orchestration.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenSignerTest {

    @TempDir
    Path folder;

    static Stream<SigningKey> keys() throws Exception {
        return Stream.of(
                SigningKey.generateHs256(),
                SigningKey.generateEd25519(),
                SigningKey.ed25519(
                        Ed25519.jdk(), KeyPairGenerator.getInstance("Ed25519").generateKeyPair()));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void whatIsSignedVerifies(SigningKey key) throws TokenException {
        Token token = TokenSigner.of(key).sign(Vectors.CLAIMS);

        assertThat(UnverifiedToken.parse(token).verify(key.verificationKey())).isEqualTo(Vectors.CLAIMS);
    }

    @Test
    void hs256SignsAsAnotherImplementationDoes() {
        assertThat(TokenSigner.of(Vectors.hs256()).sign(Vectors.CLAIMS).encoded())
                .isEqualTo(Vectors.HS256_TOKEN);
    }

    @Test
    void ed25519SignsAsAnotherImplementationDoes() throws Exception {
        Path file = Files.writeString(folder.resolve("key.pem"), Vectors.PEM);
        SigningKey key = SigningKey.readEd25519(file);

        assertThat(TokenSigner.of(key).sign(Vectors.CLAIMS).encoded()).isEqualTo(Vectors.ED25519_TOKEN);
    }

    @ParameterizedTest
    @MethodSource("keys")
    void aTokenWithoutASlotSaysNone(SigningKey key) throws TokenException {
        TokenClaims claims = new TokenClaims(
                "duel", "s-1", OptionalInt.empty(), "gs/uid", Vectors.ISSUED, Vectors.ISSUED.plusSeconds(1));

        Token token = TokenSigner.of(key).sign(claims);

        assertThat(UnverifiedToken.parse(token).verify(key.verificationKey())).isEqualTo(claims);
        assertThat(new String(Base64.getUrlDecoder().decode(token.encoded().split("\\.", -1)[1]), US_ASCII))
                .doesNotContain("slot");
    }

    @ParameterizedTest
    @MethodSource("keys")
    void theLargestClaimsFitTheSize(SigningKey key) throws TokenException {
        TokenClaims claims = new TokenClaims(
                "p".repeat(63),
                "s".repeat(64),
                OptionalInt.of(999),
                "/".repeat(320),
                Instant.parse("9999-12-31T23:59:58Z"),
                Instant.parse("9999-12-31T23:59:59Z"));

        Token token = TokenSigner.of(key).sign(claims);

        assertThat(token.encoded()).hasSizeLessThanOrEqualTo(UnverifiedToken.MAX_LENGTH);
        assertThat(UnverifiedToken.parse(token).verify(key.verificationKey())).isEqualTo(claims);
    }

    @Test
    void theLargestKidFitsToo() throws TokenException {
        SigningKey key = SigningKey.hs256("k".repeat(64), Vectors.secret());

        assertThat(UnverifiedToken.parse(TokenSigner.of(key).sign(Vectors.CLAIMS))
                        .kid())
                .hasSize(64);
    }

    @ParameterizedTest
    @MethodSource("keys")
    void manyThreadsSignAtOnce(SigningKey key) throws Exception {
        TokenSigner signer = TokenSigner.of(key);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                TokenClaims claims = new TokenClaims(
                        "duel",
                        "s-" + i,
                        OptionalInt.of(i),
                        "pod/boot",
                        Vectors.ISSUED,
                        Vectors.ISSUED.plusSeconds(60));
                tasks.add(() -> UnverifiedToken.parse(signer.sign(claims))
                        .verify(key.verificationKey())
                        .equals(claims));
            }
            for (Future<Boolean> verified : threads.invokeAll(tasks)) {
                assertThat(verified.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("keys")
    void itSaysWhoSignsAndNeverTheKey(SigningKey key) {
        TokenSigner signer = TokenSigner.of(key);

        assertThat(signer.describe())
                .startsWith(key.algorithm().joseName() + " key " + key.kid() + " by ")
                .doesNotEndWith("by ");
        assertThat(signer.toString()).isEqualTo("TokenSigner[" + signer.describe() + "]");
        assertThat(key.toString())
                .isEqualTo("SigningKey[%s %s]".formatted(key.algorithm().joseName(), key.kid()));
    }
}
