package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.agones.SidecarException.Kind;
import kit.orchestration.sdk.platform.BootThread;
import kit.orchestration.sdk.platform.BootTries;
import kit.orchestration.sdk.platform.BootTries.NotYet;
import kit.orchestration.sdk.platform.HeldPod;
import kit.orchestration.sdk.platform.LoopPlatform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A GameServer of Agones. The sidecar that Agones puts beside each game server is told the pod's life: Ready with the
 * first {@code ready}, Allocated while it has sessions, heartbeats that follow the game's health at the rate that the
 * GameServer's {@code health} asks for, Shutdown.
 *
 * <pre>{@code
 * GameServer server = GameServer.fromEnvironment(); // in a container of a GameServer
 * }</pre>
 *
 * <p>The sessions are kept in one of two places:
 *
 * <ul>
 *   <li><b>in the pod's Lease</b>, where {@code KubernetesAllocator} claims them, if the container has the variables of
 *       a pod of Kubernetes, too ({@link AgonesPlatformBuilder#environment}). A player is let in once the GameServer is
 *       Allocated; it goes back to Ready when it was empty for a while. The GameServer's address and ports are
 *       announced as the pod's, and its counter {@code sessions}, if the Fleet declares one, shows how many there are;
 *   <li><b>in a list of the GameServer</b>, where Agones' allocator puts them in. {@code ready}, {@code unready} and
 *       {@code drain} are a label of the GameServer then, which allocators of this library ask for. It stays Allocated
 *       from its first session on, unless the game asks for Ready ({@link #backToReady}), or sets {@link
 *       AgonesPlatformBuilder#idleToReady}.
 * </ul>
 *
 * <p>A GameServer with the label {@code orchestration.kit/drain} takes no new sessions, whatever the game says: a
 * Fleet's {@code allocationOverflow} may set it. A game that needs Agones' other calls finds them in {@link #calls()}.
 */
@SuppressWarnings("exports") // what it shares with other platforms is nobody else's
public final class AgonesPlatform extends LoopPlatform<HeldPod> {

    /**
     * How long {@link #close} waits for what is queued: the sidecar writes it after 500 ms, and after a conflict in 500
     * ms more (measured: 1,027 ms at most).
     */
    static final Duration FLUSH = Duration.ofMillis(1_500);

    /** How often the sidecar hears of the process while it takes the pod over, at most. */
    private static final Duration BOOT_PULSE = Duration.ofSeconds(1);

    /** A server whose slots are in its pod's Lease can be made Allocated again without losing a race. */
    static final Duration IDLE_TO_READY = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(AgonesPlatform.class);

    private final String list;
    private final @Nullable String pool;
    private final Duration bootTimeout;
    private final Duration showEvery;
    private final @Nullable Duration idleToReady;
    private final @Nullable Platform slots;
    private final String portName;
    private final SidecarClient sidecar;
    private final Pulse pulse;
    private final AgonesCalls calls;
    /** For calls of the slots, which may block. Its thread begins with the first. */
    private final ExecutorService caller = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "orchestration-agones-slots");
        thread.setDaemon(true);
        return thread;
    });

    AgonesPlatform(AgonesPlatformBuilder builder, int port, Duration terminationGrace, @Nullable Platform slots) {
        super("orchestration-agones", builder.callTimeout, FLUSH, terminationGrace);
        this.list = builder.list;
        this.pool = builder.pool;
        this.bootTimeout = builder.bootTimeout;
        this.showEvery = builder.showEvery;
        this.idleToReady = builder.idleToReady;
        this.slots = slots;
        this.portName = builder.portName;
        this.sidecar = new SidecarClient(port, callTimeout);
        this.pulse = new Pulse(sidecar, loop);
        this.calls = new AgonesCalls(sidecar, loop, callTimeout);
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
     * Waits for the sidecar, labels the GameServer as this process's, and takes out whatever the list holds of an
     * earlier one. Blocks, at most as long as {@link AgonesPlatformBuilder#bootTimeout}; fails if that was not enough,
     * or the GameServer is not set up for sessions.
     */
    @Override
    protected Boot takeOver(PlatformListener listener) {
        BootTries tries = new BootTries(
                "Agones' sidecar at " + sidecar.address() + " did not tell of the GameServer",
                bootTimeout,
                callTimeout,
                BootThread.SYSTEM);
        Sighting first = tries.run(() -> firstSighting(tries));
        loop.execute(pulse::beat); // the process lives, though the game is not up yet
        Future<?> beats = loop.every(BOOT_PULSE, pulse::beat);
        try {
            return slots == null ? takeList(first, listener, tries.deadline()) : takeLease(first, listener, slots);
        } finally {
            beats.cancel(false);
        }
    }

    private Boot takeList(Sighting first, PlatformListener listener, long deadline) {
        Identity identity = Identity.of(first, list, pool);
        String boot = newBoot();
        SidecarPod pod = new SidecarPod(
                sidecar, pulse, identity, boot, first, listener, loop, callTimeout, showEvery, idleToReady);
        held(pod);
        if (!isSeen(pod, pod::start, pod::isClean, deadline)) {
            throw new PlatformException(
                    pod.name() + " could not be taken over within " + bootTimeout
                            + ": it does not show what the sidecar was asked to write" + pod.reasons(),
                    null);
        }
        return new Boot(identity.pool(), AgonesNames.audience(identity.gameServer(), boot), identity.capacity());
    }

    private Boot takeLease(Sighting first, PlatformListener listener, Platform leased) {
        HostedPod pod = new HostedPod(
                sidecar,
                pulse,
                first,
                leased,
                listener,
                caller,
                loop,
                callTimeout,
                idleToReady == null ? IDLE_TO_READY : idleToReady,
                portName);
        Boot boot = leased.boot(pod.arriving());
        held(pod);
        loop.execute(pod::start);
        return boot;
    }

    /** The pod, which there is. */
    private AgonesPod agones() {
        return (AgonesPod) Objects.requireNonNull(pod());
    }

    private Sighting firstSighting(BootTries tries) throws NotYet, InterruptedException {
        try {
            return tries.await("reading it", sidecar.gameServer());
        } catch (ExecutionException e) {
            SidecarException error = SidecarException.failed("the sidecar", e);
            boolean refused = error.kind() == Kind.NO_SIDECAR;
            String advice = ". Does this process run in a GameServer, and is AGONES_SDK_HTTP_PORT its gateway's port?";
            throw new NotYet(error.problem() + (refused ? "" : advice), refused, error);
        }
    }

    /**
     * Says whether the pod takes claims, by a label of the GameServer or in the Lease, and asks for state Ready the
     * first time. Blocks until that is seen, for one call's time at most; that Agones has made it Ready may come later,
     * and a Lease opens with that.
     *
     * @throws PlatformException if it was not shown in that time (it is tried on), or the GameServer is Unhealthy for
     *     good
     */
    @Override
    public void ready(boolean ready) {
        long deadline = System.nanoTime() + callTimeout.toNanos();
        super.ready(ready);
        HeldPod now = pod();
        if (!ready || now == null) {
            return;
        }
        AgonesPod agones = agones();
        States states = agones.states();
        if (!isSeen(now, () -> {}, () -> agones.isServing() || states.isUnhealthy(), deadline)) {
            now.problem().ifPresent(problem -> {
                throw new PlatformException(problem, null, true);
            });
            log.info("{} is in state {} still: Agones makes it Ready in a while", now.name(), states.state());
        }
        if (states.isUnhealthy()) {
            throw new PlatformException(
                    now.name() + " is Unhealthy, which is final: end the process, and the Fleet replaces it", null);
        }
    }

    /**
     * Players dial this, and not what the GameServer says; where the list has the sessions, Agones' allocator says it,
     * and nobody else can.
     */
    @Override
    public void address(PodAddress address) {
        if (slots == null) {
            super.address(address);
        } else if (pod() instanceof HostedPod) {
            say(pod -> ((HostedPod) pod).address(address));
        }
    }

    /** Sends a heartbeat, if one is due by the GameServer's {@code health}. */
    @Override
    public void healthy() {
        loop.offer(pulse::beat);
        if (slots != null) {
            slots.healthy();
        }
    }

    /**
     * Asks for state Shutdown: Agones deletes the GameServer and its pod, and the Fleet makes another.
     *
     * @throws PlatformException if another process has the pod: it is not this one's to end
     */
    @Override
    public void shutdown() {
        lost().ifPresent(why -> {
            throw new PlatformException(why, null);
        });
        calls.await(sidecar::shutdown);
        if (pod() != null) {
            loop.offer(agones()::shutdown); // repeated until it is seen: what is queued only may be lost
        }
    }

    /**
     * The GameServer as it is now: its name, state, and the address that players dial. Blocks for one call, and may be
     * called before the boot.
     *
     * @throws PlatformException if the sidecar can't be asked
     */
    public AgonesGameServer gameServer() {
        return calls.await(sidecar::gameServer).server();
    }

    /**
     * Asks for state Ready, so that a scale-down or an update of the Fleet may take this server again. Once booted, it
     * does nothing while a session is claimed or runs; if one lands in that moment, the server takes itself back.
     */
    public void backToReady() {
        if (pod() == null) {
            calls.await(sidecar::ready);
        } else {
            loop.offer(agones()::goBack);
        }
    }

    /**
     * Closes the pod, too: nobody would see a claim that came after this. Blocks until the GameServer shows that, and
     * everything that was freed gone; at most for the time that the sidecar takes to write it, a second and a half.
     * Where the sessions are in the Lease, closes what keeps that then, which may take a call's time more.
     */
    @Override
    public void close() {
        calls.close();
        super.close();
        if (slots != null) {
            slots.close(); // after this one's loop has handed on what was freed
            caller.shutdown();
        }
    }
}
