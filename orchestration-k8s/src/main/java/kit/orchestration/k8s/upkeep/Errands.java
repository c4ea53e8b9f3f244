package kit.orchestration.k8s.upkeep;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import kit.orchestration.ledger.lease.Alarm;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.NotBefore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls that nobody waits for, however many there are: a few at a time, the others in a queue. While one fails, all
 * pause, for longer each time, and for as long as the server asks; the one that failed goes to the end of the queue, so
 * it keeps nobody from his turn. Confined to the loop.
 */
final class Errands {

    private static final Logger log = LoggerFactory.getLogger(Errands.class);

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(60));

    private final String what;
    private final int atOnce;
    private final Loop loop;
    private final RandomGenerator random;
    private final Queue<Errand> waiting = new ArrayDeque<>();
    private final NotBefore notBefore;
    private final Alarm alarm;
    private Backoff backoff = BACKOFF;
    private int underWay;

    private record Errand(Supplier<? extends CompletableFuture<?>> call, Runnable over) {}

    /**
     * None yet.
     *
     * @param what what they are for, for the log
     * @param atOnce how many are under way at a time
     */
    Errands(String what, int atOnce, Loop loop, RandomGenerator random) {
        this.what = what;
        this.atOnce = atOnce;
        this.loop = loop;
        this.random = random;
        this.notBefore = new NotBefore(loop);
        this.alarm = new Alarm(loop, this::next);
    }

    /**
     * Has a call made in its turn, and again until it succeeds, or finds that somebody else was faster.
     *
     * @param call made on the loop
     * @param over run on the loop at the end
     */
    void add(Supplier<? extends CompletableFuture<?>> call, Runnable over) {
        waiting.add(new Errand(call, over));
        next();
    }

    private void next() {
        while (!alarm.isSet() && underWay < atOnce && !waiting.isEmpty()) {
            Errand errand = waiting.remove();
            underWay++;
            loop.whenDone(errand.call.get(), (done, failure) -> ended(errand, failure));
        }
    }

    private void ended(Errand errand, @Nullable Throwable failure) {
        underWay--;
        ApiException error = failure == null ? null : ApiException.of(failure);
        if (error == null
                || error.kind() == ApiException.Kind.NOT_FOUND
                || error.kind() == ApiException.Kind.CONFLICT) {
            backoff = BACKOFF;
            errand.over.run();
        } else {
            waiting.add(errand);
            pause(error);
        }
        next();
    }

    private void pause(ApiException error) {
        boolean first = !alarm.isSet(); // of those that fail together
        if (first && backoff.equals(BACKOFF)) {
            log.warn("{} fails, trying again: {}", what, error.problem());
        }
        notBefore.pause((first ? backoff : BACKOFF).pause(random, error));
        alarm.set(notBefore.end() - loop.nanoTime());
        backoff = first ? backoff.longer() : backoff;
    }
}
