package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Deferred;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a request with an id has its session already, before anything is claimed for it. Under the pool's lock,
 * but its calls.
 */
final class RequestLookup {

    /** First looks under way for one pool: what comes meanwhile goes with the next. */
    private static final int MAX_FLIGHTS = 8;

    /** Requests in one call: each brings a selector for each state. */
    private static final int MOST = 64;

    /** Those of whom a look was refused go in so many calls. */
    private static final int PARTS = 4;

    /** Between the calls at least, unless one is full. */
    private static final long GATHER = Duration.ofMillis(10).toNanos();

    /** So long a note without its session may be on its way out, by the SDK; then this takes it out. */
    private static final Duration UNCLEAR = Duration.ofSeconds(3);

    private final String pool;
    private final AllocatorContext context;
    private final Guard guard;
    private final Waiters waiters;
    private final Tries tries;
    private final Knowledge knowledge;
    private final Giving giving;
    private final Consumer<Deferred> claim;
    /** Who is looked for in the next call: the most urgent first. */
    private final NavigableSet<Lookup> gathered = urgentFirst();
    /** Of whom a look was refused: they go together, in a moment. */
    private final NavigableSet<Lookup> refused = urgentFirst();
    /** Those, once the moment has come. */
    private final NavigableSet<Lookup> repeated = urgentFirst();
    /** How many of them go in one call. */
    private int part = 1;
    /** First looks under way. */
    private int flights;
    /** Only a full call goes before. */
    private long notBefore = Long.MIN_VALUE;
    /** Whether a timer is set for then. */
    private boolean willWake;

    private final Runnable wake = this::wake;

    private record Lookup(Waiter waiter, RequestDigest digest) {}

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

    /**
     * A server was shown, by whatever call: it was hidden meanwhile from those that look, and has the sessions of some
     * of them. Whoever waits for room need not.
     */
    void shown(Answer server, Deferred after) {
        if (!tries.areUnderWay() || !server.has(context.messages().key())) {
            return;
        }
        for (String id : server.requests()) {
            Waiter waiter = tries.underWay(id);
            RequestDigest digest = waiter == null ? null : waiter.digest;
            if (waiter != null && digest != null && waiter.isWanted() && !waiter.flying) {
                List<Held> live = tries.live(server, digest);
                if (!live.isEmpty()) {
                    give(new Lookup(waiter, digest), live.get(0), server, after);
                }
            }
        }
    }

    private static NavigableSet<Lookup> urgentFirst() {
        return new TreeSet<>(Comparator.comparing(Lookup::waiter, Waiter.ORDER));
    }

    /**
     * What gathers while others are under way goes together, and what comes between two batches of Agones in calls
     * spread over that time: else the first few would take all flights, and all others wait for the next batch.
     */
    private void depart(Deferred after) {
        while (!repeated.isEmpty() && context.looks().tryAcquire(wake)) {
            send(repeated, part, false, after);
        }
        long now = context.now();
        while (!gathered.isEmpty() && flights < MAX_FLIGHTS) {
            if (now < notBefore && gathered.size() < MOST) {
                wakeLater(now, after);
                return;
            }
            if (!context.looks().tryAcquire(wake)) {
                return;
            }
            notBefore = now + Math.max(GATHER, context.settings().batchWait().toNanos() / MAX_FLIGHTS);
            send(gathered, MOST, true, after);
        }
    }

    private void send(NavigableSet<Lookup> from, int most, boolean isFirst, Deferred after) {
        List<Lookup> lookups = new ArrayList<>(most);
        while (!from.isEmpty() && lookups.size() < most) {
            Lookup lookup = Objects.requireNonNull(from.pollFirst());
            if (lookup.waiter.isWanted()) {
                lookups.add(lookup);
            } else {
                tries.ends(lookup.waiter);
            }
        }
        if (lookups.isEmpty()) {
            after.add(() -> context.looks().release());
        } else {
            flights += isFirst ? 1 : 0;
            after.add(() -> ask(lookups, isFirst));
        }
    }

    /** In several calls, as one is given one server, and they may have their sessions on several. */
    private void repeatLater(Lookup lookup, Deferred after) {
        if (refused.isEmpty()) {
            Duration pause = RetryPause.looked(context.settings().batchWait()).pause(context.random());
            after.add(() -> context.after(
                    pause,
                    () -> guard.run(then -> {
                        repeated.addAll(refused);
                        refused.clear();
                        part = Math.min(MOST, (repeated.size() + PARTS - 1) / PARTS);
                        depart(then);
                    })));
        }
        refused.add(lookup);
    }

    private void wakeLater(long now, Deferred after) {
        if (!willWake) {
            willWake = true;
            Duration pause = Duration.ofNanos(notBefore - now);
            after.add(() -> context.after(
                    pause,
                    () -> guard.run(then -> {
                        willWake = false;
                        depart(then);
                    })));
        }
    }

    private void ask(List<Lookup> lookups, boolean isFirst) {
        List<RequestDigest> digests = lookups.stream().map(Lookup::digest).toList();
        long sent = context.now();
        boolean called = context.call(
                pool, "find", lookups.size(), context.messages().find(pool, digests), (answer, failure) -> {
                    context.looks().release();
                    guard.run(after -> {
                        flights -= isFirst ? 1 : 0;
                        answered(lookups, sent, answer, failure, after);
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
            List<Lookup> lookups, long sent, @Nullable Answer answer, @Nullable Failure failure, Deferred after) {
        if (answer != null) {
            shown(answer, after);
        }
        for (Lookup lookup : lookups) {
            Waiter waiter = lookup.waiter;
            if (!waiter.isWanted()) {
                tries.ends(waiter);
            } else if (answer == null) {
                notFound(lookup, sent, Objects.requireNonNull(failure), after);
            } else if (answer.has(AgonesNote.request(lookup.digest))) {
                found(lookup, answer, after);
            } else {
                gathered.add(lookup);
            }
        }
    }

    private void found(Lookup lookup, Answer server, Deferred after) {
        Waiter waiter = lookup.waiter;
        long now = context.now();
        knowledge.known = true;
        knowledge.answered(now);
        List<Held> live = tries.live(server, lookup.digest);
        if (live.isEmpty()
                && !server.claimsOf(lookup.digest)
                        .isEmpty()) { // released, or given back by its last caller, and shown still
            enter(waiter, now);
        } else if (live.isEmpty()) {
            unclear(lookup, server, now, after);
        } else if (server.has(context.messages().key())) {
            give(lookup, live.get(0), server, after);
        } else {
            waiter.failure = Failure.notesAreFull(server);
            again(lookup, pause(), after);
        }
    }

    private void give(Lookup lookup, Held claim, Answer server, Deferred after) {
        Waiter waiter = lookup.waiter;
        if (lookup.digest.equals(claim.digest())) {
            String key = claim.sessionId();
            Instant latest = Tries.latestEnd(
                    key, waiter.request.claimTtl(), context.timing().clock().instant());
            giving.give(waiter, key, server, latest, false, after);
        } else {
            waiters.settle(waiter, call -> new RequestConflictException(call.request()), after);
        }
    }

    /**
     * The note is there and no session: that was cut, and may be on another server by now, which this one hides. The
     * SDK takes such a note away; if it does not, this does.
     */
    private void unclear(Lookup lookup, Answer server, long now, Deferred after) {
        Waiter waiter = lookup.waiter;
        String boot = server.boot();
        waiter.failure = new Failure(
                Kind.CONTENTION,
                "GameServer %s says that it has the request's session, and shows none".formatted(server.name()),
                null);
        if (waiter.unclearSince < 0) {
            waiter.unclearSince = now;
        } else if (now - waiter.unclearSince > UNCLEAR.toNanos() && boot != null) {
            waiter.unclearSince = -1;
            after.add(() -> context.ask(
                    context.looks(),
                    pool,
                    "find",
                    0,
                    context.messages().withdraw(pool, boot, lookup.digest),
                    (sent, answer, failure) -> {},
                    () -> {}));
        }
        again(lookup, pause(), after);
    }

    private Duration pause() {
        return RetryPause.refused(context.settings().batchWait()).pause(context.random());
    }

    private void notFound(Lookup lookup, long sent, Failure failure, Deferred after) {
        Waiter waiter = lookup.waiter;
        long now = context.now();
        long batchWait = context.settings().batchWait().toNanos();
        boolean isRefused = failure.kind() == Kind.REFUSED;
        waiter.failure = isRefused ? null : failure;
        if (isRefused) {
            knowledge.answered(now);
            boolean counts = waiter.noSession.refused(sent, now, batchWait);
            if (waiter.noSession.isCertain()) {
                enter(waiter, now);
            } else if (counts) {
                repeatLater(lookup, after);
            } else {
                again(lookup, pause(), after); // it was the same batch still
            }
        } else if (!failure.kind().repeatable()) {
            waiters.fail(waiter, failure, after);
        } else {
            again(lookup, RetryPause.FAILED.longer().longer().pause(context.random()), after);
        }
    }

    private void again(Lookup lookup, Duration pause, Deferred after) {
        after.add(() -> context.after(
                pause,
                () -> guard.run(then -> {
                    if (lookup.waiter.isWanted()) {
                        find(lookup.waiter, lookup.digest, then);
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
