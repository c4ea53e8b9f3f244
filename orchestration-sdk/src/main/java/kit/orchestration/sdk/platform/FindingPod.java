package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.ClaimedSlot;

/** A pod that asks its backend for the sessions that it has not seen. Confined as its base is. */
public abstract class FindingPod extends HeldPod {

    private final SessionFinder finder;

    /** As {@link SessionFinder} has it: when it is asked for a session, and how long if it can't be. */
    protected FindingPod(Loop loop, List<Duration> tries, Duration patience) {
        super(loop, patience);
        this.finder =
                new SessionFinder(loop, this::read, this::claim, kid -> key(kid).isPresent(), tries, patience, silent);
    }

    @Override
    public final void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer) {
        finder.find(sessionId, kid, answer);
    }

    @Override
    public void stop() {
        finder.stop();
    }

    @Override
    protected void look() {
        finder.seen();
    }

    /** Reads what the backend has now. The stage completes when that was taken in. */
    protected abstract CompletionStage<?> read();

    /** The claim that was seen for the session. */
    protected abstract Optional<ClaimedSlot> claim(String sessionId);
}
