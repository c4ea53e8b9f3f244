package kit.orchestration.sdk;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when the process is told to end, by SIGTERM: the pod takes no new sessions, those that run go on while
 * there is time, and then the server is closed. Claims wait for their players as ever, but not longer than a third of
 * the time: then they are given back, so that nobody's end waits for players who may never come. A game that is not
 * healthy is waited for not at all: its sessions hang with it, and a kubelet that ends it for that wants it back soon.
 *
 * <p>A shutdown hook of the JVM, since that is where SIGTERM arrives; the game's threads run on beside it. The JVM
 * can't tell SIGTERM from {@code System.exit}, so that waits, too, unless the server was closed before.
 */
final class Termination implements AutoCloseable {

    /** What is kept of the grace for the last writes, at most. */
    static final Duration LONGEST_REST = Duration.ofSeconds(5);
    /** So much of the time is for players on their way: one part in so many. */
    private static final int ARRIVALS = 3;

    /** How long a claim that this process was not told of may wait for its player, unless its caller asked for more. */
    private static final Duration UNTOLD = Duration.ofMinutes(1);
    /** What the close gets, if nothing is left. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(Termination.class);

    private final GameServer server;
    private final Duration grace;
    private final LongSupplier nanoTime;
    private final Thread hook = new Thread(this::run, "orchestration-termination");

    Termination(GameServer server, Duration grace, LongSupplier nanoTime) {
        this.server = server;
        this.grace = grace;
        this.nanoTime = nanoTime;
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
        long told = nanoTime.getAsLong();
        Optional<String> problem = server.problem();
        Duration wait = problem.isPresent() ? Duration.ZERO : wait(grace);
        log.info(
                "the process is told to end: no new sessions, and up to {} for those that are here{}",
                wait,
                why(problem));
        int withdrawn = 0;
        try {
            Duration arrivals = wait.dividedBy(ARRIVALS);
            if (problem.isEmpty()) { // else it is closed at once, which tells the backend the same
                drain(told, least(arrivals, UNTOLD));
            }
            if (!awaitIdle(told, arrivals)) {
                withdrawn = server.withdrawClaims();
                awaitIdle(told, wait);
            }
        } catch (IllegalStateException e) {
            awaitClosed(left(told, grace)); // the game closes the server in this moment
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (withdrawn > 0) {
            log.info("claims that nobody had started, and were given back: {}", withdrawn);
        }
        int cut = server.sessions().size();
        if (cut > 0) {
            log.warn("sessions that still run, and are cut off: {}{}", cut, why(server.problem()));
        }
        Threads.daemon("orchestration-close", server::close).start();
        awaitClosed(most(left(told, grace), LAST_MOMENT));
    }

    /**
     * Waits until the backend has it, for so long: a pod that is idle before may have a claim that nobody has told it
     * of, or have one in a moment. On a thread of its own, since a call to a backend that is away takes its own time.
     */
    private void drain(long told, Duration time) throws InterruptedException {
        FutureTask<?> drain = new FutureTask<>(this::drain, null);
        Threads.daemon("orchestration-drain", drain).start();
        while (true) {
            try {
                drain.get(least(left(told, time), Health.PERIOD).toNanos(), NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                if (server.problem().isPresent() || left(told, time).toNanos() <= 0) {
                    return; // it goes on, as long as the server is open
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IllegalStateException closed) {
                    throw closed;
                }
                log.error("the drain failed in an unforeseen way", e.getCause());
                return;
            }
        }
    }

    private void drain() {
        for (boolean again = false; ; again = true) {
            try {
                server.drain();
                return;
            } catch (PlatformException e) {
                if (!again) {
                    log.warn("the backend was not told of the drain yet", e);
                }
                if (!e.isTriedOn()) {
                    return;
                }
                LockSupport.parkNanos(Health.PERIOD.toNanos());
            }
        }
    }

    /** In steps, since a game may fall ill, and its pod be lost, at any time: then nobody is waited for. */
    private boolean awaitIdle(long told, Duration time) throws InterruptedException {
        while (!server.awaitIdle(least(left(told, time), Health.PERIOD))) {
            if (server.problem().isPresent() || left(told, time).toNanos() <= 0) {
                return false;
            }
        }
        return true;
    }

    private static String why(Optional<String> problem) {
        return problem.map(why -> ", since it is not healthy: " + why).orElse("");
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static Duration most(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? b : a;
    }

    /** Whoever closes it: the JVM halts when this has returned. */
    private void awaitClosed(Duration atMost) {
        try {
            server.awaitClosed(atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is left of a time that began then: the drain may have waited for a backend that is away. */
    private Duration left(long began, Duration time) {
        return time.minusNanos(nanoTime.getAsLong() - began);
    }

    /** How long sessions may go on. */
    static Duration wait(Duration grace) {
        Duration quarter = grace.dividedBy(4);
        return grace.minus(quarter.compareTo(LONGEST_REST) < 0 ? quarter : LONGEST_REST);
    }
}
