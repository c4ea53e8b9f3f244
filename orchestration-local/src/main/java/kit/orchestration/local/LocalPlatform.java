package kit.orchestration.local;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.PodState;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/** One process's hold of a {@link LocalPod}. */
final class LocalPlatform implements Platform {

    private final LocalPod pod;
    private final OrderedEvents events = new OrderedEvents();
    private final AtomicBoolean booted = new AtomicBoolean();
    private volatile @Nullable PlatformListener listener;
    private volatile LocalPod.@Nullable Membership membership;
    private volatile boolean closed;

    LocalPlatform(LocalPod pod) {
        this.pod = pod;
    }

    @Override
    public Boot boot(PlatformListener listener) {
        LocalPod.Membership joined = pod.joined();
        if (booted.getAndSet(true)) {
            throw new IllegalStateException(
                    "this platform has served a game server already: call LocalPod.platform() for each of them");
        }
        this.listener = listener;
        this.membership = joined;
        String audience = joined.ledger().boot(joined.record(), this);
        return new Boot(joined.ledger().pool(), audience, pod.capacity());
    }

    @Override
    public void ready(boolean ready) {
        setState(ready ? PodState.READY : PodState.NOT_READY);
    }

    @Override
    public void drain() {
        setState(PodState.DRAINING);
    }

    @Override
    public void free(ClaimedSlot claim) {
        LocalPod.Membership in = membership;
        if (in != null) {
            in.ledger().free(in.record(), this, claim.sessionId());
        }
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        LocalPod.Membership in = membership;
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        if (in == null) {
            answer.complete(Optional.empty());
        } else {
            in.ledger().find(in.record(), this, sessionId, answer);
        }
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        LocalPod.Membership in = membership;
        return in == null ? Optional.empty() : in.ledger().key(kid);
    }

    /** The allocator's, if a test moves it. */
    @Override
    public Optional<Time> time() {
        LocalPod.Membership in = pod.membership();
        return in == null ? Optional.empty() : in.ledger().clock().map(clock -> new Time(clock, clock.scheduler()));
    }

    /** Removes the pod from its pool, unless another process runs in it. */
    @Override
    public void shutdown() {
        LocalPod.Membership in = membership;
        if (in != null) {
            in.ledger().shutdown(in.record(), this);
        }
    }

    @Override
    public void close() {
        closed = true;
        LocalPod.Membership in = membership;
        if (in != null) {
            in.ledger().leave(in.record(), this);
        }
    }

    /**
     * Answers the SDK, after the ledger's lock, but in its order: not before the SDK has heard what came before, such as
     * that the slot's last claim is gone. Called under that lock.
     */
    <T> void answer(CompletableFuture<T> question, T answer, Deferred after) {
        events.add(() -> question.complete(answer));
        after.add(events::run);
    }

    /** Tells the SDK of an event, after the ledger's lock, but in its order. Called under that lock. */
    void tell(Consumer<PlatformListener> event, Deferred after) {
        events.add(() -> {
            PlatformListener current = listener;
            if (current != null && !closed) {
                event.accept(current);
            }
        });
        after.add(events::run);
    }

    private void setState(PodState state) {
        LocalPod.Membership in = membership;
        if (in != null) {
            in.ledger().setState(in.record(), this, state);
        }
    }
}
