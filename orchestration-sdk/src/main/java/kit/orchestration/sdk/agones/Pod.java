package kit.orchestration.sdk.agones;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.token.VerificationKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's hold of the pod: takes in each version of the GameServer, tells the SDK what differs, and sees to what is
 * due. Confined to the pod's {@link Loop}, but where it says so.
 *
 * <p>Until the GameServer shows this process's labels, whatever the list holds is an earlier process's: its allocator read
 * the earlier boot. Allocators read and write a GameServer in one step, so a value that comes after the labels is ours.
 */
final class Pod {

    private static final Logger log = LoggerFactory.getLogger(Pod.class);

    /** A pod is nearly full if one slot in so many is free, or only one is. */
    private static final int NEARLY_FULL = 10;

    /** Somebody who waits for something to be seen. */
    private record Wait(BooleanSupplier seen, CompletableFuture<Void> done) {}

    private final Identity identity;
    private final PlatformListener listener;
    private final Labels labels;
    private final Claims claims;
    private final Removals removals;
    private final States states;
    private final Presence presence;
    private final Pulse pulse;
    private final KeyRing keys = new KeyRing();
    private final Releases releases = new Releases();
    private final List<Wait> waits = new ArrayList<>();

    private Sighting last;
    private boolean settled;
    private boolean draining;
    /** Read by any thread. */
    private volatile boolean over;

    /**
     * Knows the GameServer as it was first seen; {@link #start} begins.
     *
     * @param boot the start of this process
     */
    Pod(
            AgonesSettings settings,
            Sidecar sidecar,
            Pulse pulse,
            Identity identity,
            String boot,
            Sighting first,
            PlatformListener listener,
            Loop loop) {
        this.identity = identity;
        this.listener = listener;
        this.pulse = pulse;
        this.last = first;
        claims = new Claims(boot);
        labels = new Labels(sidecar, boot, loop);
        removals = new Removals(sidecar, identity.list(), claims::over, this::isHurried, loop);
        states = new States(
                sidecar,
                claims::standing,
                () -> labels.isOpenShown() && claims.size() == 0,
                settings.idleToReady(),
                loop);
        presence = new Presence(
                loop,
                settings.showEvery(),
                this::hasRoom,
                text -> sidecar.setAnnotation(Presence.ANNOTATION, text),
                boot);
    }

    /** Takes the pod over. */
    void start() {
        take();
        presence.start();
    }

    /** A version of the GameServer was seen, perhaps not for the first time. */
    void seen(Sighting newer) {
        boolean isNewer = newer.version() < 0 || newer.version() > last.version();
        if (!over && isNewer) {
            last = newer;
            presence.seen(newer.server().annotations());
            take();
        }
    }

    /** Does what is due. */
    void step() {
        if (!over) {
            labels.step();
            removals.step();
            states.step();
        }
        waits.removeIf(wait -> wait.done().isDone()
                || (wait.seen().getAsBoolean() && wait.done().complete(null)));
    }

    /** Completes once that is seen; at once if it is now. */
    void await(BooleanSupplier seen, CompletableFuture<Void> done) {
        waits.add(new Wait(seen, done));
        step();
    }

    /** Takes claims from now on, or not; never again after a drain. */
    void open(boolean open) {
        if (!draining) {
            labels.want(open);
            if (open) {
                states.wantReady();
            }
            step();
        }
    }

    /** Takes no claims ever again. */
    void drain() {
        draining = true;
        labels.want(false);
        step();
    }

    /** The SDK has ended a session. */
    void ended(Claim claim) {
        claims.end(claim.sessionId());
        step();
    }

    void goBack() {
        states.goBack();
        step();
    }

    void shutdown() {
        drain();
        states.wantShutdown();
        step();
    }

    /** The claim for the session, as last seen. */
    Optional<Claim> find(String sessionId) {
        return Optional.ofNullable(claims.find(sessionId));
    }

    /** For any thread. */
    Optional<VerificationKey> key(String kid) {
        return keys.get(kid);
    }

    Identity identity() {
        return identity;
    }

    /** Whether the labels say what they are to say, as far as was seen. */
    boolean isWordShown() {
        return over || labels.areShown();
    }

    /** Whether nothing is left of an earlier process, nor of what has ended. */
    boolean isClean() {
        return over || (settled && claims.over().isEmpty());
    }

    boolean isServing() {
        return states.isServing();
    }

    /** For any thread. */
    boolean isUnhealthy() {
        return states.isUnhealthy();
    }

    /** As last seen. For any thread. */
    String state() {
        return states.state();
    }

    /** Why this hold of the pod is not in order; empty if it is. For any thread. */
    Optional<String> trouble() {
        return over
                ? Optional.of("another process has taken GameServer " + identity.gameServer() + " over")
                : Optional.empty();
    }

    /** Why the labels are not shown, as far as is known; empty if nothing failed. For any thread. */
    String problem() {
        return labels.problem();
    }

    private void take() {
        AgonesGameServer server = last.server();
        List<String> values = last.list(identity.list()).values();
        labels.seen(server.labels());
        keys.update(server.annotations());
        pulse.period(last.heartbeat());
        if (!settled) {
            claims.leave(values);
            releases.update(server.annotations(), earlier -> {});
            settled = labels.areShown();
        } else if (labels.isAnotherBoot()) {
            log.error(
                    "GameServer {} was taken over by another process: this one gets no more claims. Does the SDK run in two containers of the pod?",
                    identity.gameServer());
            claims.forget(listener);
            over = true;
        } else {
            claims.update(values, listener);
            releases.update(server.annotations(), this::released);
        }
        if (last.leaving() && !draining) {
            log.info("GameServer {} was deleted: the pod drains", identity.gameServer());
            draining = true;
            labels.want(false);
        }
        states.seen(server.state(), identity.gameServer());
        step();
    }

    private void released(String key) {
        String session = claims.sessionOf(key);
        if (session != null) {
            listener.revoked(session);
        }
    }

    /** Whether an ended session's slot may be waited for, or there is little time. */
    private boolean isHurried() {
        long capacity = last.list(identity.list()).capacity();
        return draining || !settled || capacity - claims.size() <= Math.max(1, capacity / NEARLY_FULL);
    }

    private boolean hasRoom() {
        return labels.isOpenShown()
                && states.isServing()
                && claims.size() < last.list(identity.list()).capacity();
    }
}
