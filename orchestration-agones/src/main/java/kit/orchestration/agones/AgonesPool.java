package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.Placer;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * One pool: who waits, what is on its way to Agones, and what its answers mean. Agones picks the server; so there is no
 * index here, and what is known of room is what the last calls said.
 *
 * <p>Calls of the same selectors wait in a {@link Line}, in order of priority and arrival. The first of them go
 * together as one call to Agones, which adds all their values to the list of one server; what its answer's list does
 * not have was cut, and is placed again. A refusal is repeated until it is certain ({@link Evidence}).
 */
final class AgonesPool implements Placer {

    /** Nobody takes notes away there. */
    private static final Failure NO_REQUESTS = new Failure(
            Kind.MISCONFIGURED,
            "servers without the SDK can't tell whether a requestId has its session: leave it out of the request",
            null);

    /** Such a part of the batch wait claims gather at least, which Agones would make them wait anyway. */
    private static final int GATHERED = 8;

    private final String name;
    private final AllocatorContext context;
    private final Refuser refuser;
    private final Giving giving;
    private final RequestLookup finder;

    /** Guards all below, and what they hold. */
    private final Guard guard = new Guard();

    private final Tries tries = new Tries();
    private final Waiters waiters;
    private final Knowledge knowledge;
    /** When the timer for the next departure is due; none if it is the latest time there is. */
    private long wakeAt = Long.MAX_VALUE;

    private final Runnable wake = this::wake;

    AgonesPool(String name, boolean declared, AllocatorContext context, ClaimReader claims, AgonesReleases releases) {
        this.name = name;
        this.context = context;
        this.knowledge = new Knowledge(declared);
        this.waiters = new Waiters(name, tries);
        this.refuser = new Refuser(name, context, guard, waiters, knowledge);
        this.giving = new Giving(name, context, guard, waiters, tries, claims, releases);
        this.finder = new RequestLookup(name, context, guard, waiters, tries, knowledge, giving, this::depart);
    }

    @Override
    public void place(Call call) {
        String contradiction =
                context.messages().contradiction(name, call.request().selectors());
        if (contradiction != null) {
            call.fail(NoRoom.contradicted(call.request(), contradiction));
            return;
        }
        RequestDigest digest = RequestDigest.of(call.request());
        if (digest != null && !context.messages().withSdk()) {
            call.fail(NO_REQUESTS.toException(name, call.request(), false));
            return;
        }
        guard.run(after -> {
            long now = context.now();
            Waiter tried = digest == null ? null : tries.underWay(digest);
            if (tried != null && tried.digest != null && !tried.digest.equals(digest)) {
                after.add(() -> call.fail(new RequestConflictException(call.request())));
                return;
            }
            Waiter waiter = tried == null ? new Waiter(call, digest, now) : tried;
            waiters.add(call, waiter);
            if (tried != null) {
                tried.join(call);
            } else if (digest != null) {
                tries.begins(digest, waiter);
                finder.find(waiter, digest, after);
            } else {
                waiters.enter(waiter, now, RetryPause.refused(context.settings().batchWait()));
            }
            refuser.keepTheLimit(after);
            depart(after);
        });
    }

    @Override
    public void overdue(Call call) {
        guard.run(after -> {
            Waiter waiter = waiters.of(call);
            if (waiter != null) {
                waiter.overdue(call, context.now());
                refuser.refuseTheCertain(after);
            }
        });
    }

    @Override
    public boolean withdraw(Call call, boolean timeIsOver) {
        boolean[] nothingWritten = {true};
        guard.run(after -> {
            Waiter waiter = waiters.of(call);
            if (waiter == null) {
                nothingWritten[0] = false;
                return;
            }
            nothingWritten[0] = !waiter.flying && !waiter.maybeWritten;
            Line line = waiters.lineOf(waiter);
            Failure failure = waiter.failure == null && line != null ? line.failure : waiter.failure;
            // What is told here tells more than that there was no answer; nobody hears it if the call is settled.
            if (failure == null && nothingWritten[0] && waiter.noRoom.count() > 0) {
                refuser.refuse(call, waiter, after);
                return;
            }
            waiters.remove(call, waiter);
            if (failure != null) {
                boolean maybeWritten = !nothingWritten[0];
                after.add(() -> call.fail(failure.toException(name, call.request(), maybeWritten)));
            }
        });
        return nothingWritten[0];
    }

    @Override
    public void giveBack(Claim claim) {
        giving.giveBack(claim);
    }

    /** A server was shown, to a call that was not about claims: it may have somebody's session. */
    void shown(Answer server) {
        guard.run(after -> finder.shown(server, after));
    }

    /** A session is released: its value may be seen in the list for a while, and is no session any more. */
    void released(String sessionId) {
        guard.run(after -> tries.over(AgonesNames.keyOf(sessionId), context.now()));
    }

    String name() {
        return name;
    }

    /** Whether it was declared, or a server of it was seen. */
    boolean isKnown() {
        return guard.get(() -> knowledge.known);
    }

    /**
     * Whether it is known, or Agones shows a server of it when asked; fails with a
     * {@link AgonesReleases.FailedException}.
     */
    CompletableFuture<Boolean> exists() {
        if (isKnown()) {
            return CompletableFuture.completedFuture(true);
        }
        return ServerSearch.start(context, name).thenApply(shown -> {
            guard.run(after -> knowledge.known |= shown);
            return isKnown();
        });
    }

    /** Whether anybody waits. */
    boolean isIdle() {
        return guard.get(waiters::isEmpty);
    }

    int waiting() {
        return guard.get(waiters::size);
    }

    /** How long ago Agones answered a call about this pool; null if it never has. */
    @Nullable
    Duration age() {
        long at = guard.get(() -> knowledge.heardAt);
        return at < 0 ? null : Duration.ofNanos(Math.max(0, context.now() - at));
    }

    /** Sends what may go, the most urgent first. */
    private void depart(Deferred after) {
        long now = context.now();
        long next = Long.MAX_VALUE;
        List<Line> ready = waiters.lines().stream()
                .filter(line -> line.mayFly(batch()))
                .sorted(Comparator.comparing(line -> line.waiting.first(), Waiter.ORDER))
                .toList();
        for (Line line : ready) {
            long departure = departure(line);
            while (line.mayFly(batch()) && departure <= now && context.claims().tryAcquire(wake)) {
                send(line, now, after);
                departure = departure(line);
            }
            if (line.mayFly(batch()) && departure > now) {
                next = Math.min(next, departure);
            }
        }
        if (next < wakeAt) {
            wakeAt = next;
            Duration pause = Duration.ofNanos(next - now);
            after.add(() -> context.after(pause, wake));
        }
    }

    private long departure(Line line) {
        AllocatorContext.Settings settings = context.settings();
        // Whoever looks for a session of its own is to be before those who would have any server.
        long gather = Math.max(settings.gather().toNanos(), settings.batchWait().toNanos() / GATHERED);
        return line.departure(gather, batch());
    }

    /** How many go together: no more than the largest server can take. */
    private int batch() {
        int batch = context.settings().batch();
        return knowledge.slots == 0 ? batch : Math.min(batch, knowledge.slots);
    }

    private void wake() {
        guard.run(after -> {
            wakeAt = Long.MAX_VALUE;
            depart(after);
        });
    }

    private void send(Line line, long now, Deferred after) {
        List<Waiter> first = line.depart(batch());
        Instant time = context.timing().clock().instant();
        first.forEach(waiter -> waiter.flying = true);
        Flight flight = Flight.of(line, now, first, waiter -> {
            String key = context.keys().get();
            return waiter.digest == null ? key : Tries.key(key, time);
        });
        after.add(() -> {
            boolean sent = context.call(
                    name,
                    "claim",
                    flight.keys().size(),
                    context.messages().claim(name, line.selectors, flight.values(), flight.requests()),
                    (answer, failure) -> answered(flight, answer, failure));
            if (!sent) {
                context.claims().release();
            }
        });
    }

    private void answered(Flight flight, @Nullable Answer answer, @Nullable Failure failure) {
        try {
            guard.run(after -> {
                flight.keys().keySet().forEach(waiter -> waiter.flying = false);
                if (answer != null) {
                    arrived(flight, answer, after);
                } else {
                    failed(flight, Objects.requireNonNull(failure), after);
                }
                // Not before: a line with nothing under way is dropped when the last who waits leaves it.
                flight.line().flights--;
                waiters.dropIfEmpty(flight.line());
                depart(after);
            });
        } finally {
            context.claims().release();
        }
    }

    private void arrived(Flight flight, Answer answer, Deferred after) {
        long now = context.now();
        Line line = flight.line();
        knowledge.answered(now);
        knowledge.known = true;
        line.answered();
        String complaint = answer.complaint(
                context.messages().listKey(), context.messages().withSdk());
        if (complaint != null) {
            fail(flight, new Failure(Kind.MISCONFIGURED, complaint, null), after);
            return;
        }
        knowledge.slots = Math.max(knowledge.slots, answer.slots());
        int count = 0;
        for (Map.Entry<Waiter, String> each : flight.keys().entrySet()) {
            Waiter waiter = each.getKey();
            if (answer.holds(Flight.value(waiter, each.getValue()))) {
                count++;
                land(waiter, each.getValue(), answer, after);
            } else if (waiter.isWanted()) {
                line.add(waiter, now);
            } else {
                tries.ends(waiter);
            }
        }
        finder.shown(answer, after);
        if (count > 0) {
            knowledge.landed();
            roomSeen(answer, line, count == flight.keys().size(), now);
        } else {
            line.pauseFor(now, RetryPause.FAILED, context.random()); // full by the time it was written
        }
        refuser.refuseTheCertain(after);
    }

    /** Whoever that server would have done for was refused in error, or there is room since. */
    private void roomSeen(Answer answer, Line line, boolean enough, long now) {
        for (Line other : waiters.lines()) {
            if (other == line || answer.matches(other.selectors)) {
                other.roomSeen(other == line && enough);
                other.waiting.forEach(waiter -> waiter.noRoom.takenBack(now));
            }
        }
    }

    private void failed(Flight flight, Failure failure, Deferred after) {
        long now = context.now();
        Line line = flight.line();
        boolean refused = failure.kind() == Kind.REFUSED;
        if (refused) {
            knowledge.answered(now);
            line.answered();
            line.refused();
        } else {
            line.failure = failure;
            line.failures++;
        }
        if (!failure.kind().repeatable() && line.failures >= context.endpoints().count()) {
            fail(flight, failure, after);
            return;
        }
        RetryPause pause = refused ? RetryPause.refused(context.settings().batchWait()) : RetryPause.FAILED;
        line.pauseFor(now, pause, context.random());
        for (Waiter waiter : flight.keys().keySet()) {
            waiter.maybeWritten |= failure.kind().maybeApplied();
            waiter.failure = refused ? null : failure;
            if (!waiter.isWanted()) {
                tries.ends(waiter);
                continue;
            }
            if (waiter.digest != null && failure.kind().maybeApplied()) {
                waiter.noSession.takenBack(now);
                finder.find(waiter, waiter.digest, after);
            } else {
                line.add(waiter, now);
            }
        }
        if (failure.kind().provesRoom()) {
            line.waiting.forEach(waiter -> waiter.noRoom.takenBack(now));
        }
        if (refused) {
            long batchWait = context.settings().batchWait().toNanos();
            line.waiting.stream()
                    .filter(waiter -> flight.sent() >= waiter.since)
                    .forEach(waiter -> waiter.noRoom.refused(flight.sent(), now, batchWait));
            refuser.refuseTheCertain(after);
        }
    }

    private void fail(Flight flight, Failure failure, Deferred after) {
        flight.keys().keySet().forEach(waiter -> waiters.fail(waiter, failure, after));
    }

    private void land(Waiter waiter, String key, Answer server, Deferred after) {
        Instant expiresAt = context.timing().clock().instant().plus(waiter.request.claimTtl());
        RequestDigest digest = waiter.digest;
        Held twin = digest == null ? null : twin(digest, key, server);
        if (digest == null || twin == null) {
            giving.give(waiter, key, server, expiresAt, true, after);
            return;
        }
        tries.over(key, context.now());
        after.add(() -> giving.giveBack(server, key));
        if (digest.equals(twin.digest())) {
            giving.give(waiter, twin.sessionId(), server, expiresAt, false, after);
        } else {
            waiters.settle(waiter, call -> new RequestConflictException(call.request()), after);
        }
    }

    /** The session of the same request id that is there already: another allocator's, or one that was not found. */
    private @Nullable Held twin(RequestDigest digest, String key, Answer server) {
        return tries.live(server, digest).stream()
                .filter(claim -> !claim.sessionId().equals(key))
                .findFirst()
                .orElse(null);
    }
}
