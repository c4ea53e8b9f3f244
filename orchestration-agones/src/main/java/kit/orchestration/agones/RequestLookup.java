package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Deferred;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a request with an id has its session already, before anything is claimed for it. Under the pool's lock,
 * but its calls.
 */
final class RequestLookup {

    /** Calls under way for one pool: what comes meanwhile goes with the next. */
    private static final int MAX_FLIGHTS = 8;

    /** Requests in one call: each brings a selector for each value that its session may have, and each state. */
    private static final int MOST = 16;

    private final String pool;
    private final AllocatorContext context;
    private final Guard guard;
    private final Waiters waiters;
    private final Tries tries;
    private final Knowledge knowledge;
    private final Giving giving;
    private final Consumer<Deferred> claim;
    /** Who is looked for in the next call: the most urgent first. */
    private final NavigableSet<Lookup> gathered = new TreeSet<>(Comparator.comparing(Lookup::waiter, Waiter.ORDER));
    /** Calls under way. */
    private int flights;

    private final Runnable wake = this::wake;

    private record Lookup(Waiter waiter, RequestDigest digest) {}

    /**
     * What is looked for.
     *
     * @param values what the list may have for the request, by the claim's key
     * @param conflict what was written for the same id with other contents; null if nothing is known
     */
    private record Look(
            Map<String, String> values, @Nullable String conflict) {

        List<String> all() {
            List<String> all = new ArrayList<>(values.values());
            if (conflict != null) {
                all.add(conflict);
            }
            return all;
        }

        /** Whether a server has any of these. */
        boolean isOn(Answer server) {
            return all().stream().anyMatch(server::holds);
        }

        /** The key of the claim that the server has; null if it has none of these. */
        @Nullable
        String keyOn(Answer server) {
            return values.entrySet().stream()
                    .filter(value -> server.holds(value.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * Looks for nothing yet.
     *
     * @param claim sends what may go, once somebody waits in line
     */
    RequestLookup(
            String pool,
            AllocatorContext context,
            Guard guard,
            Waiters waiters,
            Tries tries,
            Knowledge knowledge,
            Giving giving,
            Consumer<Deferred> claim) {
        this.pool = pool;
        this.context = context;
        this.guard = guard;
        this.waiters = waiters;
        this.tries = tries;
        this.knowledge = knowledge;
        this.giving = giving;
        this.claim = claim;
    }

    /** Gives the waiter its session, or puts it into its line if there is none. */
    void find(Waiter waiter, RequestDigest digest, Deferred after) {
        gathered.add(new Lookup(waiter, digest));
        depart(after);
    }

    /** What gathers while others are under way goes together. */
    private void depart(Deferred after) {
        while (!gathered.isEmpty() && flights < MAX_FLIGHTS && context.looks().tryAcquire(wake)) {
            Map<Lookup, Look> looks = next();
            if (looks.isEmpty()) {
                after.add(() -> context.looks().release());
                return;
            }
            flights++;
            after.add(() -> ask(looks));
        }
    }

    private Map<Lookup, Look> next() {
        Instant time = context.timing().clock().instant();
        Map<Lookup, Look> looks = new LinkedHashMap<>();
        while (!gathered.isEmpty() && looks.size() < MOST) {
            Lookup lookup = Objects.requireNonNull(gathered.pollFirst());
            if (!lookup.waiter.isWanted()) {
                tries.ends(lookup.waiter);
                continue;
            }
            looks.put(
                    lookup, new Look(tries.values(lookup.waiter, lookup.digest, time), tries.conflict(lookup.digest)));
        }
        return looks;
    }

    private void ask(Map<Lookup, Look> looks) {
        List<String> all =
                looks.values().stream().flatMap(look -> look.all().stream()).toList();
        long sent = context.now();
        boolean called =
                context.call(pool, "find", looks.size(), context.messages().find(pool, all), (answer, failure) -> {
                    context.looks().release();
                    guard.run(after -> {
                        flights--;
                        answered(looks, sent, answer, failure, after);
                        depart(after);
                        claim.accept(after);
                    });
                });
        if (!called) {
            context.looks().release();
        }
    }

    /** Agones shows one server at a time, which has the sessions of some: of the others nothing was said. */
    private void answered(
            Map<Lookup, Look> looks, long sent, @Nullable Answer answer, @Nullable Failure failure, Deferred after) {
        looks.forEach((lookup, look) -> {
            Waiter waiter = lookup.waiter;
            if (!waiter.isWanted()) {
                tries.ends(waiter);
            } else if (answer == null) {
                notFound(waiter, lookup.digest, sent, Objects.requireNonNull(failure), after);
            } else if (look.isOn(answer)) {
                found(waiter, look, answer, after);
            } else {
                gathered.add(lookup);
            }
        });
    }

    private void found(Waiter waiter, Look look, Answer server, Deferred after) {
        long now = context.now();
        knowledge.known = true;
        knowledge.answered(now);
        String key = look.keyOn(server);
        if (key != null && !tries.isOver(key)) {
            Instant latest = Tries.latestStart(key).plus(waiter.request.claimTtl());
            Instant ours = context.timing().clock().instant().plus(waiter.request.claimTtl());
            giving.give(waiter, key, server, latest.isBefore(ours) ? latest : ours, false, after);
        } else if (look.conflict() != null && server.holds(look.conflict())) {
            waiters.settle(waiter, call -> new RequestConflictException(call.request()), after);
        } else {
            enter(waiter, now); // ended, or given back by its last caller, between the look and the answer
        }
    }

    private void notFound(Waiter waiter, RequestDigest digest, long sent, Failure failure, Deferred after) {
        long now = context.now();
        long batchWait = context.settings().batchWait().toNanos();
        boolean refused = failure.kind() == Kind.REFUSED;
        waiter.failure = refused ? null : failure;
        if (refused) {
            knowledge.answered(now);
            waiter.noSession.refused(sent, now, batchWait);
            if (waiter.noSession.isCertain()) {
                enter(waiter, now);
                return;
            }
        } else if (!failure.kind().repeatable()) {
            waiters.fail(waiter, failure, after);
            return;
        }
        RetryPause pause = refused
                ? RetryPause.refused(context.settings().batchWait())
                : RetryPause.FAILED.longer().longer();
        Duration least = pause.pause(context.random());
        Duration counts = refused ? waiter.noSession.countsIn(now, batchWait) : Duration.ZERO;
        after.add(() -> context.after(
                counts.compareTo(least) > 0 ? counts : least,
                () -> guard.run(then -> {
                    if (waiter.isWanted()) {
                        find(waiter, digest, then);
                    }
                })));
    }

    private void wake() {
        guard.run(this::depart);
    }

    private void enter(Waiter waiter, long now) {
        waiters.enter(waiter, now, RetryPause.refused(context.settings().batchWait()));
    }
}
