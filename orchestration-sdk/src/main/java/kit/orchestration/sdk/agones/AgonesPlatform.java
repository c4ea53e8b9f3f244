package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.Loops;
import kit.orchestration.sdk.platform.Telling;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A GameServer of Agones. Its ledger is a list of the GameServer, whose values are sessions: Agones' allocator adds them,
 * and the pod takes them out, by the sidecar that Agones puts beside each game server.
 *
 * <pre>{@code
 * GameServer server = GameServer.fromEnvironment(); // in a container of a GameServer
 * }</pre>
 *
 * <p>{@code ready}, {@code unready} and {@code drain} are a label of the GameServer, which allocators of this library ask
 * for. It is Ready with the first {@code ready}, and Allocated from its first session on; a game that wants it back in Ready
 * asks for that ({@link #backToReady}), or sets {@link AgonesPlatformBuilder#idleToReady}. Heartbeats follow the game's health
 * at the rate that the GameServer's {@code health} asks for. A game that needs Agones' other calls finds them in
 * {@link #calls()}.
 */
public final class AgonesPlatform implements Platform {

    /** How often the sidecar hears of the process while it takes the pod over, at most. */
    private static final Duration BOOT_PULSE = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(AgonesPlatform.class);

    private final AgonesSettings settings;
    private final Loop loop = new Loop("orchestration-agones");
    private final Sidecar sidecar;
    private final Pulse pulse;
    private final AgonesCalls calls;
    private final AtomicBoolean booted = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** From the boot on. */
    private volatile @Nullable Hold hold;

    AgonesPlatform(AgonesSettings settings) {
        this.settings = settings;
        this.sidecar = new Sidecar(settings.port(), settings.callTimeout());
        this.pulse = new Pulse(sidecar, loop);
        this.calls = new AgonesCalls(sidecar, loop, settings.callTimeout());
    }

    /** Settings for a platform; {@link AgonesPlatformBuilder#build()} makes it. */
    public static AgonesPlatformBuilder builder() {
        return new AgonesPlatformBuilder();
    }

    /** Agones' own calls, for a game that needs them. */
    public AgonesCalls calls() {
        return calls;
    }

    /**
     * Waits for the sidecar, labels the GameServer as this process's, and takes out whatever the list holds of an earlier
     * one. Blocks, at most as long as {@link AgonesPlatformBuilder#bootTimeout}.
     *
     * @throws PlatformException if it failed for all that time, or the GameServer is not set up for sessions; the message
     *     says what to mend
     */
    @Override
    public Boot boot(PlatformListener listener) {
        if (closed.get() || booted.getAndSet(true)) {
            throw new IllegalStateException("a platform is booted once, and not after it was closed");
        }
        Takeover takeover = new Takeover(sidecar, settings.bootTimeout(), settings.callTimeout());
        Sighting first = takeover.awaitSidecar();
        Identity identity = Identity.of(first, settings.list(), settings.pool());
        String boot = Takeover.newBoot();
        Telling telling = new Telling(listener);
        Pod pod = new Pod(settings, sidecar, pulse, identity, boot, first, telling, loop);
        Hold taking = new Hold(sidecar, pod, telling, settings.callTimeout(), loop);
        hold = taking;
        CompletableFuture<Void> taken = taking.start();
        loop.execute(() -> beatUntil(taken));
        if (!takeover.await(taken)) {
            taken.cancel(false);
            throw new PlatformException(
                    "GameServer %s could not be taken over within %s: it does not show what the sidecar was asked to write%s"
                            .formatted(identity.gameServer(), settings.bootTimeout(), taking.reasons()),
                    null);
        }
        return new Boot(identity.pool(), AgonesNames.audience(identity.gameServer(), boot), identity.capacity());
    }

    /**
     * Says by a label whether the pod takes claims, and asks for state Ready the first time. Blocks until the GameServer
     * shows it, for one call's time at most; that Agones has made it Ready may come later.
     *
     * @throws PlatformException if it was not shown in that time (it is tried on), or the GameServer is Unhealthy for good
     */
    @Override
    public void ready(boolean ready) {
        Hold now = hold;
        if (now == null || closed.get()) {
            return;
        }
        Pod pod = now.pod();
        long deadline = System.nanoTime() + settings.callTimeout().toNanos();
        say(now, () -> pod.open(ready), deadline);
        if (!ready) {
            return;
        }
        if (!now.isSeen(() -> {}, () -> pod.isServing() || pod.isUnhealthy(), deadline)) {
            log.info(
                    "GameServer {} is in state {} still: Agones makes it Ready in a while",
                    pod.identity().gameServer(),
                    pod.state());
        }
        if (pod.isUnhealthy()) {
            throw new PlatformException(
                    "GameServer %s is Unhealthy, which is final: end the process, and the Fleet replaces it"
                            .formatted(pod.identity().gameServer()),
                    null);
        }
    }

    /** Says by the label that the pod takes no claims, and waits until the GameServer shows it, as {@link #ready} does. */
    @Override
    public void drain() {
        Hold now = hold;
        if (now != null && !closed.get()) {
            say(
                    now,
                    now.pod()::drain,
                    System.nanoTime() + settings.callTimeout().toNanos());
        }
    }

    @Override
    public void free(Claim claim) {
        Hold now = hold;
        if (now != null) {
            Loops.offer(loop, () -> now.pod().ended(claim));
        }
    }

    /** Looks for a while: the sidecar, too, hears of an allocation by a watch. */
    @Override
    public CompletionStage<Optional<Claim>> find(String sessionId, String kid) {
        Hold now = hold;
        if (now == null || closed.get()) {
            return CompletableFuture.failedFuture(new PlatformException("the pod is not taken over, or closed", null));
        }
        return now.find(sessionId, kid);
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        Hold now = hold;
        return now == null ? Optional.empty() : now.pod().key(kid);
    }

    /** Sends a heartbeat, if one is due by the GameServer's {@code health}. */
    @Override
    public void healthy() {
        Loops.offer(loop, pulse::beat);
    }

    /** That another process has taken the pod over. Of a GameServer that is Unhealthy Agones takes care itself. */
    @Override
    public Optional<String> problem() {
        Hold now = hold;
        return now == null ? Optional.empty() : now.pod().trouble();
    }

    /** As set, or as {@code ORCHESTRATION_TERMINATION_GRACE_SECONDS} says. */
    @Override
    public Optional<Duration> terminationGrace() {
        return Optional.of(settings.terminationGrace());
    }

    /** Asks for state Shutdown: Agones deletes the GameServer and its pod, and the Fleet makes another. */
    @Override
    public void shutdown() {
        calls.await(sidecar::shutdown);
        Hold now = hold;
        if (now != null) {
            Loops.offer(loop, now.pod()::shutdown); // repeated until it is seen: what is queued only may be lost
        }
    }

    /**
     * The GameServer as it is now: its name, state, and the address that players dial. Blocks for one call, and may be called
     * before the boot.
     *
     * @throws PlatformException if the sidecar can't be asked
     */
    public AgonesGameServer gameServer() {
        return calls.await(sidecar::gameServer).server();
    }

    /**
     * Asks for state Ready, so that a scale-down or an update of the Fleet may take this server again. Once booted, it does
     * nothing while a session is claimed or runs; if one lands in that moment, the server takes itself back.
     */
    public void backToReady() {
        Hold now = hold;
        if (now == null) {
            calls.await(sidecar::ready);
        } else {
            Loops.offer(loop, now.pod()::goBack);
        }
    }

    /**
     * Closes the pod, too: nobody would see a claim that came after this. Blocks until the GameServer shows that, and
     * everything that was freed gone; at most for the time that the sidecar takes to write it, a second and a half.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        Hold now = hold;
        if (now != null) {
            now.close();
        }
        calls.close();
        loop.close();
    }

    /** Says it to the GameServer, and waits until it is seen there. */
    private void say(Hold now, Runnable word, long deadline) {
        if (!now.isSeen(word, now.pod()::isWordShown, deadline)) {
            throw new PlatformException(
                    "GameServer %s did not show within %s what the sidecar was asked to write; it is tried on%s"
                            .formatted(now.pod().identity().gameServer(), settings.callTimeout(), now.reasons()),
                    null);
        }
    }

    /** The process lives, though the game is not up yet. */
    private void beatUntil(CompletableFuture<?> done) {
        if (!done.isDone()) {
            pulse.beat();
            loop.after(BOOT_PULSE, () -> beatUntil(done));
        }
    }
}
