package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the GameServer's states: Ready when the game is; Ready again when the pod was idle, if it is to; Allocated
 * when a session has landed while it went back; Shutdown. Each is asked for until the watch shows it. Confined to the
 * pod's {@link Loop}.
 *
 * <p>Going back to Ready races with allocations: of 45 that landed before the write all ended on a GameServer in state
 * Ready, which a scale-down may delete (measured). So one that holds a claim and is not Allocated takes itself back.
 */
final class States {

    static final String READY = "Ready";
    static final String ALLOCATED = "Allocated";
    static final String REQUEST_READY = "RequestReady";
    static final String UNHEALTHY = "Unhealthy";
    static final String SHUTDOWN = "Shutdown";

    private static final Set<String> TO_READY = Set.of(READY, REQUEST_READY);
    /** What can't be left: a later Ready is answered OK and does nothing. */
    private static final Set<String> LAST = Set.of(UNHEALTHY, SHUTDOWN, "Error");

    private static final Logger log = LoggerFactory.getLogger(States.class);

    private final IntSupplier standing;
    private final SidecarOrder ready;
    private final SidecarOrder allocate;
    private final SidecarOrder shutdown;
    private final Alarm idled;
    private final @Nullable Duration idle;
    private final BooleanSupplier empty;

    /** Read by any thread. */
    private volatile String state = "";

    private final boolean seesThrough;

    private boolean readyWanted;
    private boolean goingBack;
    /** Whether it was asked to go back, and that was not seen yet: it may come, or never. */
    private boolean doubtful;

    private boolean shutdownWanted;
    private boolean stopped;

    /**
     * Empty is a pod that takes claims, and has not even a value that is to be taken out; null is never idle. One that
     * sees through what it has asked for takes itself back only once it was seen to go: then {@link #isAllocated} is
     * certain, a moment later.
     */
    States(
            SidecarClient sidecar,
            IntSupplier standing,
            BooleanSupplier empty,
            @Nullable Duration idle,
            boolean seesThrough,
            Loop loop) {
        this.seesThrough = seesThrough;
        this.standing = standing;
        this.empty = empty;
        this.idle = idle;
        this.idled = new Alarm(loop, this::idled);
        this.ready = new SidecarOrder("asking for state Ready", () -> askReady(sidecar), this::isReadyNeeded, loop);
        this.allocate =
                new SidecarOrder("asking for state Allocated", () -> takeBack(sidecar), this::isAllocateNeeded, loop);
        this.shutdown = new SidecarOrder("asking for state Shutdown", sidecar::shutdown, this::isShutdownNeeded, loop);
    }

    /** The state that the GameServer has. */
    void seen(String newState, String name) {
        if (newState.equals(state)) {
            return;
        }
        if (newState.equals(UNHEALTHY)) {
            log.error(
                    "GameServer {} is Unhealthy, which is final: it gets no more sessions, and the Fleet "
                            + "replaces it. Its heartbeats stopped, or came too seldom, or its container was "
                            + "restarted",
                    name);
        }
        state = newState;
        if (newState.equals(READY) || newState.equals(ALLOCATED)) {
            readyWanted = false;
        }
        if (TO_READY.contains(newState)) {
            goingBack = false;
            doubtful = false;
        }
    }

    /** It is to be Ready, unless it is Allocated. */
    void wantReady() {
        readyWanted = !isServing();
        ready.renew();
    }

    /** It is to be Ready, and no more Allocated, unless something stands. */
    void goBack() {
        goingBack |= state.equals(ALLOCATED) && standing.getAsInt() == 0;
    }

    void wantShutdown() {
        shutdownWanted = true;
    }

    /** Runs this when the sidecar has answered, or failed: {@link #isAllocated} and {@link #problem} may be others. */
    void afterwards(Runnable newAfterwards) {
        ready.afterwards(newAfterwards);
        allocate.afterwards(newAfterwards);
    }

    /** Asks for nothing any more: the server is another process's. */
    void stop() {
        ready.stop();
        allocate.stop();
        shutdown.stop();
        idled.off();
        stopped = true;
    }

    /** Why what was asked for last failed; empty if nothing did. For any thread. */
    String problem() {
        return allocate.problem().isEmpty() ? ready.problem() : allocate.problem();
    }

    void step() {
        ready.step();
        allocate.step();
        shutdown.step();
        watchIdle();
    }

    /** Whether allocators may choose it, as far as its state goes. */
    boolean isServing() {
        return state.equals(READY) || state.equals(ALLOCATED);
    }

    /** Whether it is Allocated, and nothing that was asked for may still undo that. */
    boolean isAllocated() {
        return state.equals(ALLOCATED) && !doubtful && !ready.isUnderWay();
    }

    /** For any thread. */
    boolean isUnhealthy() {
        return state.equals(UNHEALTHY);
    }

    /** For any thread. */
    String state() {
        return state;
    }

    private boolean isReadyNeeded() {
        return (readyWanted && !LAST.contains(state) && !state.equals(REQUEST_READY))
                || (goingBack && (standing.getAsInt() == 0 || isSeenThrough()));
    }

    private boolean isAllocateNeeded() {
        return standing.getAsInt() > 0 && (TO_READY.contains(state) || (goingBack && !isSeenThrough()));
    }

    private boolean isSeenThrough() {
        return seesThrough && doubtful;
    }

    private CompletableFuture<Void> askReady(SidecarClient sidecar) {
        doubtful = state.equals(ALLOCATED);
        return sidecar.ready();
    }

    private CompletableFuture<Void> takeBack(SidecarClient sidecar) {
        goingBack = false; // it may come before the other is written; if it comes after, the state is seen
        return sidecar.allocate();
    }

    private boolean isShutdownNeeded() {
        return shutdownWanted && !state.equals(SHUTDOWN);
    }

    private void watchIdle() {
        Duration wait = idle;
        if (wait == null || stopped) {
            return;
        }
        if (!state.equals(ALLOCATED) || goingBack || !empty.getAsBoolean()) {
            idled.off();
        } else if (!idled.isSet()) {
            idled.set(wait.toNanos());
        }
    }

    private void idled() {
        log.debug("nothing was held for {}: the GameServer goes back to Ready", idle);
        goBack();
        step();
    }
}
