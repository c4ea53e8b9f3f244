package kit.orchestration.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Token;

/** An allocator over a pool; each claim's token is its session id. */
class TestAllocator implements AllocatorEngine.Backend {

    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    private final Placer placer;
    /** What signs; a test may put a broken one here. */
    volatile Function<Claim, Token> signer = claim -> Token.of("token-of-" + claim.sessionId());

    /** What releases; a test may put another one here. */
    volatile Function<String, CompletionStage<?>> releaser = sessionId -> CompletableFuture.completedStage(null);

    final AllocatorEngine engine;

    TestAllocator(Placer placer, Timing timing, Executor executor, AllocatorListener listener) {
        this.placer = placer;
        engine = new AllocatorEngine(this, timing, CALL_TIMEOUT, executor, listener);
    }

    @Override
    public Placer placer(AllocateReq request) {
        return placer;
    }

    @Override
    public Token sign(Claim claim) {
        return signer.apply(claim);
    }

    @Override
    public CompletionStage<?> release(String pool, String sessionId) {
        return releaser.apply(sessionId);
    }
}
