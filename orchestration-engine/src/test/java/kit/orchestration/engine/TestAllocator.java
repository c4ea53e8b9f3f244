package kit.orchestration.engine;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Token;

/** An allocator over a pool; each claim's token is its session id. */
final class TestAllocator implements AllocatorEngine.Backend {

    static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    private final Placer placer;
    private final Committer<?> committer;
    /** What signs; a test may put a broken one here. */
    volatile Function<Claim, Token> signer = claim -> Token.of("token-of-" + claim.sessionId());

    final AllocatorEngine engine;

    TestAllocator(Placer placer, Committer<?> committer, Timing timing, Executor executor, AllocatorListener listener) {
        this.placer = placer;
        this.committer = committer;
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
    public void giveBack(Claim claim) {
        committer.giveBack(claim);
    }
}
