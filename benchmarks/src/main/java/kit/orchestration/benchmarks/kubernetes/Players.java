package kit.orchestration.benchmarks.kubernetes;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Session;
import kit.orchestration.sdk.TokenRefusedException;
import kit.orchestration.sdk.TokenRefusedException.Reason;

/** The players of all pods: each starts the session of its token a moment later, and ends it when its time has come. */
final class Players {

    /** From the token's coming to the player's: nobody dials within a millisecond. */
    private static final long ARRIVAL_MS = 100;

    /** From the claim. */
    private static final double SHORTEST_MS = 200;

    private static final double LONGEST_MS = 2_000;

    private final List<GameServer> servers;
    private final ScheduledExecutorService scheduler;
    /** Touched by the thread that reads what players come. */
    private final SplittableRandom random = new SplittableRandom(4);

    private final Queue<Session> held = new ConcurrentLinkedQueue<>();
    /** How many are to be held; none comes between the asking for their end and that end. */
    private final AtomicInteger expected = new AtomicInteger();

    private final LongAdder started = new LongAdder();
    private final LongAdder repeated = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<String, Integer> refusals = new TreeMap<>(); // guarded by itself

    Players(List<GameServer> servers, ScheduledExecutorService scheduler) {
        this.servers = servers;
        this.scheduler = scheduler;
    }

    /** Somebody has a token of a pod. Its session is ended after its time, or with all that are held. */
    void come(int pod, boolean hold, String token) {
        if (hold) {
            expected.incrementAndGet();
        }
        long life = life();
        scheduler.schedule(
                () -> enter(servers.get(pod), token, hold ? -1 : life - ARRIVAL_MS), ARRIVAL_MS, MILLISECONDS);
    }

    /**
     * As many are twice as long as a given one, as are half as long: 0.78 s on average. Were each length as likely as
     * any other it would be 1.1 s, and 6,400 slots would bound any allocator to less than 5,800 sessions/s, whatever it
     * does.
     */
    private long life() {
        return Math.round(SHORTEST_MS * Math.pow(LONGEST_MS / SHORTEST_MS, random.nextDouble()));
    }

    /** Ends what is held, once all who are under way have come. */
    void endHeld() {
        if (held.size() < expected.get()) {
            scheduler.schedule(this::endHeld, ARRIVAL_MS, MILLISECONDS);
            return;
        }
        expected.set(0);
        for (Session session = held.poll(); session != null; session = held.poll()) {
            session.close();
        }
    }

    String report() {
        synchronized (refusals) {
            return String.format(
                    Locale.ROOT,
                    "%,d sessions started, %,d players asked to try again, %,d tokens refused%s",
                    started.sum(),
                    repeated.sum(),
                    refused.sum(),
                    refusals.isEmpty() ? "" : " " + refusals);
        }
    }

    private void enter(GameServer server, String token, long life) {
        server.enter(token).whenComplete((session, failure) -> {
            if (failure != null) {
                refused(server, token, life, failure);
                return;
            }
            started.increment();
            if (life < 0) {
                held.add(session);
            } else {
                scheduler.schedule(session::close, life, MILLISECONDS);
            }
        });
    }

    /** Players are there before the watch of a busy pod, in a burst: they are told to try again, and do. */
    private void refused(GameServer server, String token, long life, Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (cause instanceof TokenRefusedException refusal && refusal.reason() == Reason.UNAVAILABLE) {
            repeated.increment();
            scheduler.schedule(() -> enter(server, token, life), ARRIVAL_MS, MILLISECONDS);
            return;
        }
        refused.increment();
        synchronized (refusals) {
            refusals.merge(String.valueOf(failure.getMessage()), 1, Integer::sum);
        }
    }
}
