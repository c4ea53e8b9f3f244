package kit.orchestration.sdk;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when the process is told to end, by SIGTERM: the pod takes no new sessions, those that it has go on while
 * there is time, and then the server is closed. A shutdown hook of the JVM, since that is where SIGTERM arrives; the
 * game's threads run on beside it. The JVM can't tell SIGTERM from {@code System.exit}, so that waits, too, unless the
 * server was closed before.
 */
final class Termination implements AutoCloseable {

    /** What is kept of the grace for the last writes, at most. */
    static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(Termination.class);

    private final GameServer server;
    private final Duration grace;
    private final Thread hook = new Thread(this::run, "orchestration-termination");

    /**
     * Does nothing yet.
     *
     * @param grace from the signal to the process's end
     */
    Termination(GameServer server, Duration grace) {
        this.server = server;
        this.grace = grace;
    }

    void await() {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            log.debug("the JVM ends already");
        }
    }

    /** The server was closed by the game: there is nothing more to wait for. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            log.trace("the JVM ends already");
        }
    }

    void run() {
        log.info("the process is told to end: no new sessions, and up to {} for those that are here", wait(grace));
        try {
            server.drain();
        } catch (PlatformException e) {
            log.warn("the backend was not told of the drain yet", e);
        } catch (IllegalStateException e) {
            return; // the game closed the server in this moment
        }
        try {
            if (!server.awaitIdle(wait(grace))) {
                log.warn(
                        "{} sessions are cut off: they have run for {} since the process was told to end",
                        server.sessions().size(),
                        wait(grace));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
    }

    /** How long sessions may go on. */
    static Duration wait(Duration grace) {
        Duration quarter = grace.dividedBy(4);
        return grace.minus(quarter.compareTo(LONGEST_REST) < 0 ? quarter : LONGEST_REST);
    }
}
