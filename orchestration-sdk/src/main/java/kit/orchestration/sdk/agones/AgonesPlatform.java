package kit.orchestration.sdk.agones;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kit.orchestration.Limits;
import kit.orchestration.sdk.Boot;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.sdk.platform.Telling;
import kit.orchestration.token.AgonesNames;
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
 * at the rate that the GameServer's {@code health} asks for.
 *
 * <p>Beyond the SDK's own, a game that needs Agones' other calls finds them here; each may be called from any thread, before
 * the boot, too, and blocks for one call's time at most. Agones' OK means queued: the change is written half a second later.
 */
public final class AgonesPlatform implements Platform {

    /**
     * How long {@link #close} waits for what is queued: the sidecar writes it after 500 ms, and after a conflict in 500 ms
     * more (measured: 1,027 ms at most).
     */
    static final Duration FLUSH = Duration.ofMillis(1_500);

    /** How often the sidecar hears of the process while it takes the pod over, at most. */
    private static final Duration BOOT_PULSE = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(AgonesPlatform.class);

    private final AgonesPlatformBuilder settings;
    private final Duration terminationGrace;
    private final Loop loop = new Loop("orchestration-agones");
    private final Sidecar sidecar;
    private final Pulse pulse;
    private final AtomicBoolean booted = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Those of the game. */
    private final Queue<SidecarWatch> watches = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Hold hold;

    /** A watch of the GameServer, which goes on until it is closed. */
    public interface Watch extends AutoCloseable {
        /** Ends it. Never throws; closing again does nothing. */
        @Override
        void close();
    }

    /** What there is from the boot on. */
    private record Hold(Telling telling, Pod pod, Finder finder, SidecarWatch watch) {}

    AgonesPlatform(AgonesPlatformBuilder settings, int port, Duration terminationGrace) {
        this.settings = settings;
        this.terminationGrace = terminationGrace;
        this.sidecar = new Sidecar(port, settings.callTimeout, loop);
        this.pulse = new Pulse(sidecar, loop);
    }

    /** Settings for a platform; {@link AgonesPlatformBuilder#build()} makes it. */
    public static AgonesPlatformBuilder builder() {
        return new AgonesPlatformBuilder();
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
        Takeover takeover = new Takeover(sidecar, settings.bootTimeout, settings.callTimeout);
        Sighting first = takeover.awaitSidecar();
        Identity identity = Identity.of(first, settings.list, settings.pool);
        String boot = Takeover.newBoot();
        Telling telling = new Telling(listener);
        Pod pod = new Pod(settings, sidecar, pulse, identity, boot, first, telling, loop);
        SidecarWatch watch = new SidecarWatch(sidecar, loop, pod::seen);
        hold = new Hold(telling, pod, new Finder(sidecar, pod, loop), watch);
        CompletableFuture<Void> taken = new CompletableFuture<>();
        loop.execute(() -> {
            pod.start();
            watch.start();
            pod.await(pod::isClean, taken);
            beatUntil(taken);
        });
        if (!takeover.await(taken)) {
            taken.cancel(false);
            throw new PlatformException(
                    "GameServer %s could not be taken over within %s: it does not show what the sidecar was asked to write%s"
                            .formatted(identity.gameServer(), settings.bootTimeout, reasons(hold)),
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
        long deadline = System.nanoTime() + settings.callTimeout.toNanos();
        say(pod, () -> pod.open(ready), deadline);
        if (!ready) {
            return;
        }
        if (!isSeen(pod, () -> {}, () -> pod.isServing() || pod.isUnhealthy(), deadline)) {
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
            say(now.pod(), now.pod()::drain, System.nanoTime() + settings.callTimeout.toNanos());
        }
    }

    @Override
    public void free(Claim claim) {
        Hold now = hold;
        if (now != null) {
            loop.execute(() -> now.pod().ended(claim));
        }
    }

    @Override
    public CompletionStage<Optional<Claim>> find(String sessionId) {
        Hold now = hold;
        if (now == null || closed.get()) {
            return CompletableFuture.failedFuture(new PlatformException("the pod is not taken over, or closed", null));
        }
        CompletableFuture<Optional<Claim>> answer = new CompletableFuture<>();
        loop.execute(() -> now.finder().find(sessionId, answer));
        return answer;
    }

    @Override
    public Optional<VerificationKey> key(String kid) {
        Hold now = hold;
        return now == null ? Optional.empty() : now.pod().key(kid);
    }

    /** Sends a heartbeat, if one is due by the GameServer's {@code health}. */
    @Override
    public void healthy() {
        loop.execute(pulse::beat);
    }

    /** As set, or as {@code ORCHESTRATION_TERMINATION_GRACE_SECONDS} says. */
    @Override
    public Optional<Duration> terminationGrace() {
        return Optional.of(terminationGrace);
    }

    /** Asks for state Shutdown: Agones deletes the GameServer and its pod, and the Fleet makes another. */
    @Override
    public void shutdown() {
        await(() -> sidecar.shutdown());
        Hold now = hold;
        if (now != null) {
            loop.execute(now.pod()::shutdown); // repeated until it is seen: what is queued only may be lost
        }
    }

    /** Asks for state Allocated, so that no scale-down takes this server, as a game without claims may need. */
    public void allocate() {
        await(() -> sidecar.allocate());
    }

    /**
     * Asks for state Reserved: nobody is allocated here, and no scale-down takes this server. After the time Agones makes it
     * Ready again.
     *
     * @param time in whole seconds, rounded up; zero for until the state is changed
     * @throws IllegalArgumentException if it is not zero to 365 days
     */
    public void reserve(Duration time) {
        Limits.checkRange("time", time, Duration.ZERO, Duration.ofDays(365));
        await(() -> sidecar.reserve(time.plusNanos(999_999_999).toSeconds()));
    }

    /**
     * Asks for state Ready, so that a scale-down or an update of the Fleet may take this server again. Once booted, it does
     * nothing while a session is claimed or runs; if one lands in that moment, the server takes itself back.
     */
    public void backToReady() {
        Hold now = hold;
        if (now == null) {
            await(() -> sidecar.ready());
        } else {
            loop.execute(now.pod()::goBack);
        }
    }

    /** Sets a label of the GameServer. Agones puts {@code agones.dev/sdk-} before the name, and takes no label away again. */
    public void setLabel(String name, String value) {
        await(() -> sidecar.setLabel(name, value));
    }

    /** Sets an annotation of the GameServer. Agones puts {@code agones.dev/sdk-} before the name, and takes none away again. */
    public void setAnnotation(String name, String value) {
        await(() -> sidecar.setAnnotation(name, value));
    }

    /** The GameServer as it is now: its name, state, and the address that players dial. */
    public AgonesGameServer gameServer() {
        return await(() -> sidecar.gameServer()).server();
    }

    /**
     * Watches the GameServer: the consumer is told of it as it is, and whenever it has changed, until the watch is closed or
     * this platform is. It is called on the platform's own thread: it is quick, and never blocks.
     *
     * @return ends the watch
     */
    public Watch watch(Consumer<AgonesGameServer> consumer) {
        Objects.requireNonNull(consumer, "consumer must not be null");
        SidecarWatch watch = new SidecarWatch(sidecar, loop, sighting -> consumer.accept(sighting.server()));
        watches.add(watch);
        loop.execute(watch::start);
        return () -> {
            watches.remove(watch);
            loop.execute(watch::close);
        };
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
            CompletableFuture<Void> done = new CompletableFuture<>();
            loop.execute(() -> {
                now.pod().drain();
                now.pod().await(() -> now.pod().isWordShown() && now.pod().isClean(), done);
            });
            try {
                done.get(FLUSH.toNanos(), NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                log.warn(
                        "GameServer {} does not show the last changes yet{}: what it still holds is freed by the pod's next process",
                        now.pod().identity().gameServer(),
                        reasons(now));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            now.telling().silence();
            loop.execute(now.watch()::close);
        }
        watches.forEach(watch -> loop.execute(watch::close));
        loop.close();
    }

    /** Says it to the GameServer, and waits until it is seen there. */
    private void say(Pod pod, Runnable word, long deadline) {
        if (!isSeen(pod, word, pod::isWordShown, deadline)) {
            throw new PlatformException(
                    "GameServer %s did not show within %s what the sidecar was asked to write; it is tried on%s"
                            .formatted(pod.identity().gameServer(), settings.callTimeout, reasons(hold)),
                    null);
        }
    }

    /** False if the time has passed before it was seen. */
    private boolean isSeen(Pod pod, Runnable word, BooleanSupplier seen, long deadline) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            word.run();
            pod.await(seen, done);
        });
        try {
            done.get(Math.max(0, deadline - System.nanoTime()), NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            done.cancel(false);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("the thread was interrupted while the GameServer was written", e);
        }
    }

    private static String reasons(@Nullable Hold hold) {
        if (hold == null) {
            return "";
        }
        String labels = hold.pod().problem();
        String watch = hold.watch().problem();
        return (labels.isEmpty() ? "" : "; " + labels) + (watch.isEmpty() ? "" : "; its watch: " + watch);
    }

    /** The process lives, though the game is not up yet. */
    private void beatUntil(CompletableFuture<?> done) {
        if (!done.isDone()) {
            pulse.beat();
            loop.after(BOOT_PULSE, () -> beatUntil(done));
        }
    }

    private <T> T await(Supplier<CompletableFuture<T>> call) {
        if (closed.get()) {
            throw new IllegalStateException("the platform is closed");
        }
        try {
            return call.get().get(settings.callTimeout.toNanos(), NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            SidecarException error = SidecarException.failed("the call to the sidecar", e);
            throw new PlatformException(error.problem(), error);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PlatformException("the thread was interrupted while the sidecar was called", e);
        }
    }
}
