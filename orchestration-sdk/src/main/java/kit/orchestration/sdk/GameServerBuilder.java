package kit.orchestration.sdk;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.sdk.platform.TerminationGrace;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link GameServer}; what is not set has the default named here. Not safe for several threads. */
public final class GameServerBuilder {

    /** The port that {@link #probePort} would set, if nothing set it. */
    static final String PROBE_PORT = "ORCHESTRATION_PROBE_PORT";

    private static final int NO_PROBES = -1;

    @Nullable
    Platform platform;

    SessionListener listener = SessionListener.NONE;

    @Nullable
    Executor executor;

    @Nullable
    ScheduledExecutorService scheduler;

    @Nullable
    InstantSource clock;

    @Nullable
    Duration maxSession;

    Duration clockLeeway = Duration.ofSeconds(30);

    private int probePort = NO_PROBES;

    private @Nullable PodAddress address;

    @Nullable
    BooleanSupplier healthCheck;

    @Nullable
    Duration healthDeadline;

    Duration askTimeout = Duration.ofSeconds(5);

    boolean drainOnTermination = true;

    GameServerBuilder() {}

    /** The backend; by default the one that the process's environment names. The server closes it when it is closed. */
    public GameServerBuilder platform(Platform platform) {
        this.platform = Objects.requireNonNull(platform, "platform must not be null");
        return this;
    }

    /** Hears what happens to sessions; by default nobody does. */
    public GameServerBuilder listener(SessionListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener must not be null");
        return this;
    }

    /**
     * Where the listener is called and futures are completed; by default one daemon thread of the server's own. It is
     * the caller's to shut down, after the server.
     */
    public GameServerBuilder executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor must not be null");
        return this;
    }

    /**
     * Counts the time of claims, sessions and health; what it runs is quick and never blocks. By default the platform's
     * ({@link Platform#time}), or else one daemon thread of the server's own. It is the caller's to shut down, after
     * the server.
     */
    public GameServerBuilder scheduler(ScheduledExecutorService scheduler) {
        this.scheduler = Objects.requireNonNull(scheduler, "scheduler must not be null");
        return this;
    }

    /**
     * Tells the time that a token's {@code exp} is held against; by default the platform's clock ({@link
     * Platform#time}), or else the system's.
     */
    public GameServerBuilder clock(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock, "clock must not be null");
        return this;
    }

    /**
     * How far an allocator's clock and this pod's may be apart; 30 s by default. A token's {@code exp} is written by
     * the allocator's clock: a pod that is ahead by more than this refuses players who are in time, as {@code EXPIRED}.
     * It lets nobody in late: how long a claim waits is counted by the pod alone, from when it first sees it.
     *
     * @throws IllegalArgumentException if it is not zero to a day
     */
    public GameServerBuilder clockLeeway(Duration clockLeeway) {
        this.clockLeeway = Limits.checkRange("clockLeeway", clockLeeway, Duration.ZERO, Duration.ofDays(1));
        return this;
    }

    /**
     * Ends sessions that run longer, with {@link EndReason#MAX_SESSION}: the slots of sessions that the game forgot are
     * not lost. By default there is no bound.
     *
     * @throws IllegalArgumentException if it is not 1 ms to 365 days
     */
    public GameServerBuilder maxSession(Duration maxSession) {
        this.maxSession = checkPositive("maxSession", maxSession);
        return this;
    }

    /**
     * Serves {@code /readyz} and {@code /healthz} over HTTP on this port of all addresses; 0 takes a free one, which
     * {@link GameServer#probeAddress()} tells. By default the port that the environment's {@code
     * ORCHESTRATION_PROBE_PORT} names, and without it nothing is served.
     *
     * @throws IllegalArgumentException if it is not 0 to 65535
     */
    public GameServerBuilder probePort(int probePort) {
        this.probePort = checkPort("probePort", probePort);
        return this;
    }

    /**
     * Where players dial this pod, if that is not where the backend finds it: an address outside the cluster, say. By
     * default that of the environment's {@code ORCHESTRATION_ADDRESS}, or its {@code ORCHESTRATION_HOST} and {@code
     * ORCHESTRATION_PORT}; without them what the backend knows. It may be said anew later: {@link
     * GameServer#address(PodAddress)}. On Agones, which itself says it, there must be none.
     */
    public GameServerBuilder address(PodAddress address) {
        this.address = Objects.requireNonNull(address, "address must not be null");
        return this;
    }

    /**
     * {@link #address(PodAddress)} as {@link PodAddress#parse} reads it: {@code 203.0.113.7:31007}, or with ports that
     * have names {@code 203.0.113.7:31007 query=31008}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public GameServerBuilder address(String address) {
        return address(PodAddress.parse(address));
    }

    /**
     * Tells whether the game is healthy. It is asked once a second, on a thread of its own; a probe is told its latest
     * answer, so a check that hangs blocks no probe: after 5 s without an answer the game counts as not healthy, as it
     * does when the check throws.
     */
    public GameServerBuilder healthCheck(BooleanSupplier healthCheck) {
        this.healthCheck = Objects.requireNonNull(healthCheck, "healthCheck must not be null");
        return this;
    }

    /**
     * The game calls {@link GameServer#health()} at least this often, or counts as not healthy until it does again. A
     * miss is noticed within a tenth of the deadline, and never early. By default no call is expected.
     *
     * @throws IllegalArgumentException if it is not 100 ms to a day
     */
    public GameServerBuilder healthDeadline(Duration healthDeadline) {
        this.healthDeadline =
                Limits.checkRange("healthDeadline", healthDeadline, Duration.ofMillis(100), Duration.ofDays(1));
        return this;
    }

    /**
     * How long a token may wait when the backend must be asked for its session; 5 s by default.
     *
     * @throws IllegalArgumentException if it is not 1 ms to 365 days
     */
    public GameServerBuilder askTimeout(Duration askTimeout) {
        this.askTimeout = checkPositive("askTimeout", askTimeout);
        return this;
    }

    /**
     * Whether SIGTERM drains the server, where the backend ends pods so ({@link Platform#terminationGrace()}, as on
     * Kubernetes); it does by default. A shutdown hook then drains, holds the process up until no session is claimed or
     * runs, and closes the server; at the latest a quarter of the grace, or 5 s, before the grace is over. Claims whose
     * players have not come in the first third of that time are given back. A game that is not healthy is not waited
     * for. The game's threads go on meanwhile, as do shutdown hooks of its own: one that stops the game cuts its
     * sessions.
     *
     * <p>The JVM tells its hooks no reason, so {@code System.exit} waits for sessions, too: close the server before it.
     * Called in a callback of the listener it waits 5 s for that very callback.
     */
    public GameServerBuilder drainOnTermination(boolean drainOnTermination) {
        this.drainOnTermination = drainOnTermination;
        return this;
    }

    /**
     * Takes the pod over and starts the server; it is not ready yet. Blocks for the backend, as long as the platform's
     * own time-out at most. If it fails on the backend, the platform is closed.
     *
     * @throws IllegalStateException if no platform was given and the environment names none, or lacks what the platform
     *     needs; the message says what was looked for, or what to add to the manifest
     * @throws PlatformException if the backend can't be reached, or refuses
     * @throws java.io.UncheckedIOException if the probe port can't be bound; the message names it
     * @throws IllegalArgumentException if {@code ORCHESTRATION_PROBE_PORT} is no port, {@code ORCHESTRATION_ADDRESS},
     *     {@code ORCHESTRATION_HOST} and {@code ORCHESTRATION_PORT} are no address, or another variable is wrong
     * @throws UnsupportedOperationException if there is an address, and the backend itself says where the pod is
     */
    public GameServer start() {
        return start(System.getenv());
    }

    GameServer start(Map<String, String> environment) {
        int port = probePort == NO_PROBES ? probePort(environment) : probePort;
        PodAddress said = address == null ? AnnouncedAddress.of(environment) : address;
        return new GameServer(
                this, platform != null ? platform : PlatformFinder.find(environment, PlatformFinder.SIGNS), port, said);
    }

    private static int probePort(Map<String, String> environment) {
        String port = environment.getOrDefault(PROBE_PORT, "").strip();
        return port.isEmpty() ? NO_PROBES : checkPort(PROBE_PORT, TerminationGrace.number(PROBE_PORT, port));
    }

    private static int checkPort(String field, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(field + " must be 0 to 65535, was " + port);
        }
        return port;
    }

    private static Duration checkPositive(String field, Duration value) {
        return Limits.checkRange(field, value, Duration.ofMillis(1), Duration.ofDays(365));
    }
}
