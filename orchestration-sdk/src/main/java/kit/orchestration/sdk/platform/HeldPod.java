package kit.orchestration.sdk.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Retry;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.token.VerificationKey;

/** A pod from its boot on. Confined to its platform's loop, but for what is said to be for any thread. */
public abstract class HeldPod {

    /** For so long, or twice, a call without an answer keeps the next one waiting: its connection may be dead. */
    private static final Duration SILENT = Retry.LATEST.dividedBy(2);

    private record Wait(BooleanSupplier isSo, CompletableFuture<Void> done) {

        void look() {
            if (isSo.getAsBoolean()) {
                done.complete(null);
            }
        }
    }

    /** Where the pod is kept. */
    protected final Loop loop;
    /** For so long a call without an answer keeps the next one waiting, which leaves that some time. */
    protected final Duration silent;

    private final List<Wait> waits = new ArrayList<>();
    /** Whether what was said is seen, or what is seen holds meanwhile, as of the last step. */
    private volatile boolean isSeen = true;

    /** The patience is how long a backend that can't be asked is tried. */
    protected HeldPod(Loop loop, Duration patience) {
        this.loop = loop;
        this.silent = patience.compareTo(SILENT) < 0 ? patience : SILENT;
    }

    /** Takes claims from now on, or not; never again after a drain. */
    public abstract void open(boolean open);

    /** Takes no claims ever again. */
    public abstract void drain();

    /** Drains, and gathers no more frees. */
    public void end() {
        drain();
    }

    /** Tells nothing any more, and answers whoever waits for a session. */
    public abstract void stop();

    /** Whether allocators see what was said last of taking claims. */
    public abstract boolean isSaid();

    /** Whether nothing is left of what has ended. */
    public abstract boolean isClean();

    /** The future completes once that is so, at once if it is now. */
    public void await(BooleanSupplier isSo, CompletableFuture<Void> done) {
        waits.add(new Wait(isSo, done));
        step();
    }

    /** The SDK has ended a session. */
    public abstract void free(ClaimedSlot claim);

    /** As {@link kit.orchestration.sdk.Platform#find}. */
    public abstract void find(String sessionId, String kid, CompletableFuture<Optional<ClaimedSlot>> answer);

    /** As {@link kit.orchestration.sdk.Platform#key}. Any thread. */
    public abstract Optional<VerificationKey> key(String kid);

    /** As {@link kit.orchestration.sdk.Platform#problem}, but for what it is {@link #asked}. Any thread. */
    public Optional<String> problem() {
        return lost().or(() ->
                isSeen ? Optional.empty() : Optional.of(name() + " does not show what was said" + reasons()));
    }

    /** Who else wants the pod to take no claims, which it obeys: nothing is wrong then. Any thread. */
    public Optional<String> asked() {
        return Optional.empty();
    }

    /** As {@link kit.orchestration.sdk.Platform#lost}. Any thread. */
    public abstract Optional<String> lost();

    /** Where it is written, for messages. Any thread. */
    public abstract String name();

    /** Why what was said is not seen, as far as is known: the end of a message. Any thread. */
    public abstract String reasons();

    /** Does what is due. To be called after every change. */
    public final void step() {
        look();
        isSeen = isSaid() || holdsMeanwhile(); // before those who waited for it go on
        waits.removeIf(wait -> wait.done().isDone());
        act(!waits.isEmpty());
        // And again in a turn of its own: what the SDK has ended because of what this one has told counts, too.
        waits.stream()
                .filter(wait -> wait.isSo().getAsBoolean() && !loop.offer(wait::look))
                .forEach(Wait::look);
    }

    /** Whether what allocators see is good until they see what was said last, which is on its way. */
    protected boolean holdsMeanwhile() {
        return false;
    }

    /** Takes in what others want of the pod, as the backend shows it: before what follows is weighed. */
    protected void look() {}

    /** Asks the backend for what is due; at once if somebody waits for it. */
    protected abstract void act(boolean isWaitedFor);
}
