package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import kit.orchestration.PodAddress;
import kit.orchestration.Token;
import kit.orchestration.sdk.Sessions.Mode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This pod, as the game server sees it: one object per process. It tells the pool when sessions may come, lets players
 * in by their tokens, and gives slots back. Safe for any number of threads.
 *
 * <pre>{@code
 * try (GameServer server = GameServer.fromEnvironment()) {
 *     server.ready();
 *     // for each player that connects:
 *     Session session = server.enter(token).get();
 * }
 * }</pre>
 *
 * <p>A token is checked against this pod's own claims; only if a player is faster than the watch is the backend asked.
 * The reason of a refusal is in the {@link TokenRefusedException}: tell a player no more than 'refused'.
 *
 * <p>After {@link #close()}, tokens are refused as {@code UNAVAILABLE}, {@link #health()} does nothing, and {@link
 * #ready}, {@link #unready}, {@link #drain} and {@link #shutdown} throw {@link IllegalStateException}.
 */
public final class GameServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GameServer.class);

    /** How long the close waits for the game's own callbacks. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final Platform platform;
    private final Threads threads;
    private final Sessions sessions;
    private final Asks asks;
    private final Entrance entrance;
    private final Health health;
    private final Readiness readiness;
    private final @Nullable ProbeServer probes;
    private final Boot boot;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final @Nullable Termination termination;

    GameServer(GameServerBuilder builder, Platform platform, int probePort, @Nullable PodAddress address) {
        this.platform = platform;
        Optional<Platform.Time> time = platform.time();
        ScheduledExecutorService scheduler = builder.scheduler != null
                ? builder.scheduler
                : time.map(Platform.Time::scheduler).orElse(null);
        InstantSource clock = builder.clock != null
                ? builder.clock
                : time.map(Platform.Time::clock).orElse(InstantSource.system());
        threads = new Threads(builder.executor, scheduler);
        Timers timers = threads.timers();
        Callbacks callbacks = new Callbacks(threads.callbacks());
        SessionListener listener = builder.listener;
        sessions = new Sessions(listener, callbacks, platform, timers, builder.maxSession);
        asks = new Asks(platform, sessions, timers, builder.askTimeout);
        health = new Health(builder.healthCheck, threads.healthCheck(), builder.healthDeadline, platform);
        readiness = new Readiness(health);
        // The port before the pod: if it can't be bound, nothing was taken over, and nothing is to be undone.
        probes = probePort < 0 ? null : new ProbeServer(probePort, readiness::answer);
        try {
            boot = platform.boot(sessions);
        } catch (IllegalStateException inUse) { // by another server, which goes on: the platform is not ours to close
            stop(probes, threads, LAST_WORDS);
            throw inUse;
        } catch (RuntimeException e) {
            tell(platform::close, "close");
            stop(probes, threads, LAST_WORDS);
            throw e;
        }
        if (address != null) {
            announce(address);
        }
        TokenGate gate = new TokenGate(boot, platform, sessions, clock, builder.clockLeeway);
        entrance = new Entrance(gate, asks, sessions, threads.entrance(), builder.askTimeout, reason -> {
            if (!readiness.isClosed()) { // then it is the server's doing, and the executor may be gone
                callbacks.addIfSpare(() -> listener.refused(reason));
                callbacks.flush();
            }
        });
        health.start(timers);
        termination = builder.drainOnTermination
                ? platform.terminationGrace()
                        .map(grace -> new Termination(this, grace, System::nanoTime))
                        .orElse(null)
                : null;
        if (termination != null) {
            termination.await();
        }
        log.info(
                "took over {} in pool {}: {} slots, which take sessions once ready() is called",
                boot.audience(),
                boot.pool(),
                boot.capacity());
    }

    /** What the platform tries on it shows with the first ready, or that says why not. */
    private void announce(PodAddress address) {
        try {
            platform.address(address);
        } catch (RuntimeException e) {
            if (e instanceof PlatformException failed && failed.isTriedOn()) {
                log.warn("the pod's address {} is not shown yet", address, e);
                return;
            }
            tell(platform::close, "close");
            stop(probes, threads, LAST_WORDS);
            throw e;
        }
    }

    /** Settings for a server; {@link GameServerBuilder#start()} starts it. */
    public static GameServerBuilder builder() {
        return new GameServerBuilder();
    }

    /**
     * Starts a server on the platform that this process's environment names, with defaults for all else. Blocks as
     * {@link GameServerBuilder#start()} does.
     *
     * @throws IllegalStateException if the environment names none, or lacks what the platform needs; the message says
     *     what to add to the manifest
     * @throws IllegalArgumentException if a variable of it is wrong; the message names it
     * @throws PlatformException if the backend can't be reached, or refuses
     */
    public static GameServer fromEnvironment() {
        return builder().start();
    }

    /**
     * This pod takes sessions from now on; but if somebody else wants it to drain, as a scaler may on Kubernetes, only
     * once that is over, and until then {@code /readyz} says so. May block for one call to the backend. {@code /readyz}
     * says that it is ready once the backend shows it: also later, if it failed now and the platform tries on, as on
     * Kubernetes and Agones.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is draining or closed
     */
    public void ready() {
        say(true);
        log.info("takes sessions");
    }

    /**
     * This pod takes no new sessions until {@link #ready()} is called again; those claimed or running go on. May block
     * for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is closed
     */
    public void unready() {
        say(false);
        log.info("takes no new sessions until ready() is called again");
    }

    /**
     * Players dial this address from now on, in place of what was said before: whoever is allocated from when this
     * returns gets it, and retries of sessions that live. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws UnsupportedOperationException if the backend itself says where the pod is, as Agones does
     * @throws IllegalStateException if the server is closed
     */
    public void address(PodAddress address) {
        Objects.requireNonNull(address, "address must not be null");
        readiness.checkOpen();
        platform.address(address);
    }

    /** {@link #address(PodAddress)} as {@link PodAddress#parse} reads it. */
    public void address(String address) {
        address(PodAddress.parse(address));
    }

    /** The game lives: to be called at least once per {@code healthDeadline}. Costs next to nothing. */
    public void health() {
        health.ping();
    }

    /**
     * Starts the token's session. Of all calls with tokens for that session exactly one succeeds. Blocks only if the
     * backend must be asked, and then at most as long as {@link GameServerBuilder#askTimeout}.
     *
     * @throws TokenRefusedException if it is refused; nothing has changed then
     * @throws InterruptedException if the thread was interrupted while the backend was asked; nothing is started then
     */
    public Session start(Token token) throws InterruptedException {
        return start(encoded(token));
    }

    /** {@link #start(Token)} with the text that a player sent, whatever it is; null if nothing was. */
    public Session start(@Nullable String token) throws InterruptedException {
        return entrance.now(token, Mode.START);
    }

    /**
     * The token's session, which must be running; for as long as it runs, whatever the token's {@code exp}. Blocks as
     * {@link #start(Token)} does.
     *
     * @throws TokenRefusedException if it is refused; {@code NOT_STARTED} if the session has not been started
     * @throws InterruptedException if the thread was interrupted while the backend was asked
     */
    public Session join(Token token) throws InterruptedException {
        return join(encoded(token));
    }

    /** {@link #join(Token)} with the text that a player sent, whatever it is; null if nothing was. */
    public Session join(@Nullable String token) throws InterruptedException {
        return entrance.now(token, Mode.JOIN);
    }

    /**
     * The token's session: started if nobody has, joined if it runs. Does not block. Mostly the future is completed
     * already; if the backend must be asked, it is completed on the callback executor, within {@link
     * GameServerBuilder#askTimeout}. If it was cancelled or completed by somebody else before, nothing is started, or
     * what was started is ended, unless somebody has joined it.
     *
     * @return the session, or a failure with {@link TokenRefusedException}
     */
    public CompletableFuture<Session> enter(Token token) {
        return enter(encoded(token));
    }

    /** {@link #enter(Token)} with the text that a player sent, whatever it is; null if nothing was. */
    public CompletableFuture<Session> enter(@Nullable String token) {
        return entrance.later(token);
    }

    /**
     * Takes no new sessions ever again, and {@code /readyz} says no; sessions claimed or running go on, and their
     * players are let in. May be repeated. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed: repeat it; the server drains all the same
     * @throws IllegalStateException if the server is closed
     */
    public void drain() {
        readiness.drain();
        platform.drain();
    }

    /**
     * Waits until no session is claimed or running. It tells of the moment: unless the server is draining, the next
     * claim may be on its way.
     *
     * @return whether that came within the time
     * @throws InterruptedException if the thread was interrupted
     */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout must not be null");
        return sessions.awaitIdle(timeout);
    }

    /**
     * Asks the backend to end this pod. Does not wait for it, and ends nothing itself. May block for one call to the
     * backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is closed
     */
    public void shutdown() {
        readiness.checkOpen();
        platform.shutdown();
    }

    /** The sessions that run now, in no order; a snapshot. */
    public List<Session> sessions() {
        return sessions.running();
    }

    /** How many sessions this pod hosts at once. */
    public int capacity() {
        return boot.capacity();
    }

    /** Why the process is to be ended, in a line; empty if the game is healthy, and the pod this process's. */
    Optional<String> problem() {
        return health.problem();
    }

    /** Gives back what is claimed and was not started. Returns how many claims that were. */
    int withdrawClaims() {
        return sessions.withdrawClaims();
    }

    /** Where {@code /readyz} and {@code /healthz} are served; empty if no probe port was asked for. */
    public Optional<InetSocketAddress> probeAddress() {
        return Optional.ofNullable(probes).map(ProbeServer::address);
    }

    /**
     * Stops the SDK in this process. Sessions that run end with {@link EndReason#SERVER_CLOSED}, claims are given back.
     * Blocks for a bounded time while the platform writes what was freed; and for up to 5 s while the listener hears of
     * the ends, unless that is on an executor of the caller's, or this is called by it, or the game is not healthy: so
     * don't call it with a lock that the listener takes. Never throws; closing again does nothing.
     */
    @Override
    public void close() {
        if (!readiness.close()) {
            return;
        }
        Duration lastWords = health.gameIsWell() ? LAST_WORDS : Duration.ZERO;
        asks.close();
        tell(platform::ending, "end"); // or who waits would be given what is freed next
        sessions.close();
        health.close();
        tell(platform::close, "close");
        sessions.awaitHandover(lastWords);
        stop(probes, threads, lastWords);
        closed.countDown();
        if (termination != null) {
            termination.close();
        }
    }

    /** Waits until a close that is under way has ended, for that long. */
    void awaitClosed(Duration atMost) throws InterruptedException {
        if (!closed.await(atMost.toNanos(), NANOSECONDS)) {
            log.warn("the server was not closed in time: its last writes, and the listener's, may be cut off");
        }
    }

    /** Of two words that are said at once, the backend may get the first one last: then the last is said again. */
    private void say(boolean word) {
        readiness.ready(word);
        boolean said;
        do {
            said = readiness.isReady();
            try {
                platform.ready(said);
            } catch (PlatformException e) {
                if (said == readiness.isReady()) {
                    if (!e.isTriedOn()) { // else the probe tells when it is done
                        readiness.readyHasFailed();
                    }
                    throw e;
                } // else it counts no more
            }
        } while (said != readiness.isReady());
    }

    private static String encoded(Token token) {
        return Objects.requireNonNull(token, "token must not be null").encoded();
    }

    private static void tell(Runnable word, String what) {
        try {
            word.run();
        } catch (RuntimeException e) { // against the platform's contract; the rest is closed all the same
            log.error("the platform failed to {}", what, e);
        }
    }

    private static void stop(@Nullable ProbeServer probes, Threads threads, Duration lastWords) {
        if (probes != null) {
            probes.close();
        }
        threads.close(lastWords);
    }
}
