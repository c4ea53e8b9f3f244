package kit.orchestration.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import kit.orchestration.Token;
import kit.orchestration.sdk.TokenRefusedException.Reason;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** A server on a backend in memory, with a time that stands still and callbacks that run at once. */
abstract class Fixture {

    static final Duration TTL = Duration.ofSeconds(60);

    final ManualTime time = new ManualTime();
    final MemoryPlatform platform = new MemoryPlatform();
    final Heard heard = new Heard();
    final TokenSigner signer = TokenSigner.of(SigningKey.generateHs256());
    private GameServer server;

    Fixture() {
        platform.keys.put(signer.verificationKey().kid(), signer.verificationKey());
    }

    GameServerBuilder builder() {
        return GameServer.builder()
                .platform(platform)
                .listener(heard)
                .executor(Runnable::run)
                .scheduler(time)
                .clock(time);
    }

    /** The server; started with {@link #builder} unless a test did otherwise. */
    GameServer server() {
        return server == null ? start(builder()) : server;
    }

    GameServer start(GameServerBuilder builder) {
        server = builder.start();
        return server;
    }

    /** A claim that was told, and its token. */
    Token claim(String sessionId, int slot) {
        server();
        platform.claim(sessionId, slot, TTL);
        return token(sessionId, slot);
    }

    Token token(String sessionId, int slot) {
        return token(signer, sessionId, slot);
    }

    Token token(TokenSigner signer, String sessionId, int slot) {
        return token(signer, "duel", sessionId, slot, MemoryPlatform.BOOT.audience());
    }

    Token token(TokenSigner signer, String pool, String sessionId, int slot, String audience) {
        return signer.sign(TokenClaims.issue(pool, sessionId, OptionalInt.of(slot), audience, time.instant(), TTL));
    }

    static void assertRefused(Reason reason, ThrowingCallable call) {
        TokenRefusedException e = catchThrowableOfType(TokenRefusedException.class, call);
        assertThat(e).as("refused as %s", reason).isNotNull();
        assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
    }

    void assertEnterRefused(Reason reason, Token token) {
        var future = server().enter(token);
        assertThat(future).isCompletedExceptionally();
        CompletionException e = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(e.getCause())
                .isInstanceOfSatisfying(
                        TokenRefusedException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(reason));
    }

    @AfterEach
    void closeServer() {
        if (server != null) {
            server.close();
        }
    }
}
