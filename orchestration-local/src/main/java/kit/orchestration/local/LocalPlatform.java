package kit.orchestration.local;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.PodState;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/** One process's hold of a {@link LocalPod}. */
final class LocalPlatform implements Platform {

    private final LocalPod pod;
    private final OrderedEvents events = new OrderedEvents();
    private final AtomicBoolean booted = new AtomicBoolean();
    private volatile @Nullable PlatformListener listener;
    /** What it holds, from its boot on; before it nothing is of any effect. */
    private volatile @Nullable PodRecord held;

    private volatile boolean lost;
    private volatile boolean closed;

    LocalPlatform(LocalPod pod) {
        this.pod = pod;
    }

    @Override
    public Boot boot(PlatformListener listener) {
        PodRecord record = pod.record();
        if (record == null) {
            throw new PlatformException(
                    "the pod at " + pod.address() + " is in no pool: call LocalAllocator.addPod first", null);
        }
        if (booted.getAndSet(true)) {
            throw new IllegalStateException(
                    "this platform has served a game server already: call LocalPod.platform() for each of them");
        }
        this.listener = listener;
        held = record;
        return new Boot(record.ledger.pool(), record.ledger.boot(record, this), pod.capacity());
    }

    @Override
    public void address(PodAddress address) {
        say(record -> record.ledger.setAddress(record, this, address));
    }

    @Override
    public void ready(boolean ready) {
        say(record -> record.ledger.setState(record, this, ready ? PodState.READY : PodState.NOT_READY));
    }

    @Override
    public void drain() {
        say(record -> record.ledger.setState(record, this, PodState.DRAINING));
    }

    @Override
    public void ending() {
        say(record -> record.ledger.ending(record, this));
    }

    @Override
    public void free(ClaimedSlot claim) {
        say(record -> record.ledger.free(record, this, claim.sessionId()));
    }

    @Override
    public CompletionStage<Optional<ClaimedSlot>> find(String sessionId, String kid) {
        PodRecord record = held;
        if (record == null) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        CompletableFuture<Optional<ClaimedSlot>> answer = new CompletableFuture<>();
        record.ledger.find(record, this, sessionId, answer);
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        return Optional.ofNullable(held).flatMap(record -> record.ledger.store().key(kid));
    }

    /** The allocator's, if a test moves it. */
    @Override
    public Optional<Time> time() {
        return Optional.ofNullable(pod.record())
                .flatMap(record -> record.ledger.store().clock())
                .map(clock -> new Time(clock, clock.scheduler()));
    }

    @Override
    public Optional<String> lost() {
        return lost ? Optional.of("another process has taken over the pod at " + pod.address()) : Optional.empty();
    }

    /** Removes the pod from its pool, unless another process runs in it. */
    @Override
    public void shutdown() {
        say(record -> record.ledger.shutdown(record, this));
    }

    @Override
    public void close() {
        say(record -> record.ledger.leave(record, this));
        closed = true; // not before: what is released until then is released by what it is told
    }

    private void say(Consumer<PodRecord> word) {
        PodRecord record = held;
        if (record != null) {
            word.accept(record);
        }
    }

    /**
     * Answers the SDK, after the ledger's lock, but in its order: not before the SDK has heard what came before, such
     * as that the slot's last claim is gone. Called under that lock.
     */
    <T> void answer(CompletableFuture<T> question, T answer, Deferred after) {
        events.add(() -> question.complete(answer));
        after.add(events::run);
    }

    /** Another process has the pod from now on. Called under the ledger's lock. */
    void lose(Deferred after) {
        lost = true;
        tell(PlatformListener::lost, after);
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
}
