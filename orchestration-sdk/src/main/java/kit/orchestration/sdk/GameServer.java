package kit.orchestration.sdk;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.Token;

/**
 * This pod, as the game server sees it: one object per process. It tells the pool when sessions may come, lets players in
 * by their tokens, and gives slots back. Safe for any number of threads.
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
 * <p>After {@link #close()}, tokens are refused as {@code UNAVAILABLE}, {@link #health()} does nothing, and {@link #ready},
 * {@link #unready}, {@link #drain} and {@link #shutdown} throw {@link IllegalStateException}.
 */
public final class GameServer implements AutoCloseable {

    GameServer(GameServerBuilder builder) {
        throw new UnsupportedOperationException("being written");
    }

    /** Settings for a server; {@link GameServerBuilder#start()} starts it. */
    public static GameServerBuilder builder() {
        return new GameServerBuilder();
    }

    /**
     * Starts a server on the platform that this process's environment names, with defaults for all else. Blocks as
     * {@link GameServerBuilder#start()} does.
     *
     * @throws IllegalStateException if the environment names none; the message says what was looked for
     * @throws PlatformException if the backend can't be reached, or refuses
     */
    public static GameServer fromEnvironment() {
        return builder().start();
    }

    /**
     * This pod takes sessions from now on. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is draining or closed
     */
    public void ready() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * This pod takes no new sessions until {@link #ready()} is called again; those claimed or running go on. May block for
     * one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is closed
     */
    public void unready() {
        throw new UnsupportedOperationException("being written");
    }

    /** The game lives: to be called at least once per {@code healthDeadline}. Costs next to nothing. */
    public void health() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Starts the token's session. Of all calls with tokens for that session exactly one succeeds. Blocks only if the
     * backend must be asked, and then at most as long as {@link GameServerBuilder#askTimeout}.
     *
     * @throws TokenRefusedException if it is refused; nothing has changed then
     * @throws InterruptedException if the thread was interrupted while the backend was asked; nothing is started then
     */
    public Session start(Token token) throws InterruptedException {
        return start(token.encoded());
    }

    /** {@link #start(Token)} with the text that a player sent, whatever it is. */
    public Session start(String token) throws InterruptedException {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The token's session, which must be running; for as long as it runs, whatever the token's {@code exp}. Blocks as
     * {@link #start(Token)} does.
     *
     * @throws TokenRefusedException if it is refused; {@code NOT_STARTED} if the session has not been started
     * @throws InterruptedException if the thread was interrupted while the backend was asked
     */
    public Session join(Token token) throws InterruptedException {
        return join(token.encoded());
    }

    /** {@link #join(Token)} with the text that a player sent, whatever it is. */
    public Session join(String token) throws InterruptedException {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The token's session: started if nobody has, joined if it runs. Does not block. Mostly the future is completed
     * already; if the backend must be asked, it is completed on the callback executor, within
     * {@link GameServerBuilder#askTimeout}. If it was cancelled or completed by somebody else before, nothing is started,
     * or what was started is ended, unless somebody has joined it.
     *
     * @return the session, or a failure with {@link TokenRefusedException}
     */
    public CompletableFuture<Session> enter(Token token) {
        return enter(token.encoded());
    }

    /** {@link #enter(Token)} with the text that a player sent, whatever it is. */
    public CompletableFuture<Session> enter(String token) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Takes no new sessions ever again, and {@code /readyz} says no; sessions claimed or running go on, and their players
     * are let in. May be repeated. May block for one call to the backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is closed
     */
    public void drain() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Waits until no session is claimed or running. It tells of the moment: unless the server is draining, the next claim
     * may be on its way.
     *
     * @return whether that came within the time
     * @throws InterruptedException if the thread was interrupted
     */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Asks the backend to end this pod. Does not wait for it, and ends nothing itself. May block for one call to the
     * backend.
     *
     * @throws PlatformException if the backend failed; repeat it
     * @throws IllegalStateException if the server is closed
     */
    public void shutdown() {
        throw new UnsupportedOperationException("being written");
    }

    /** The sessions that run now, in no order; a snapshot. */
    public List<Session> sessions() {
        throw new UnsupportedOperationException("being written");
    }

    /** How many sessions this pod hosts at once. */
    public int capacity() {
        throw new UnsupportedOperationException("being written");
    }

    /** Where {@code /readyz} and {@code /healthz} are served; empty if no probe port was asked for. */
    public Optional<InetSocketAddress> probeAddress() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Stops the SDK in this process. Sessions that run end with {@link EndReason#SERVER_CLOSED}, claims are given back.
     * Blocks while the platform writes what was freed, for a bounded time. Never throws; closing again does nothing.
     */
    @Override
    public void close() {
        throw new UnsupportedOperationException("being written");
    }
}
