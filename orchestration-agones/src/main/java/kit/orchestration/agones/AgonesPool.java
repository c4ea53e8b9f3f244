package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import kit.orchestration.AllocationException;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.Claims.UnusableServerException;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.Placer;
import kit.orchestration.token.AgonesNames;
import kit.orchestration.token.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * One pool: who waits, what is on its way to Agones, and what its answers mean. Agones picks the server; so there is no index
 * here, and what is known of room is what the last calls said.
 *
 * <p>Calls of the same selectors wait in a {@link Line}, in order of priority and arrival. The first of them go together as
 * one call to Agones, which adds all their values to the list of one server; what its answer's list does not have was cut,
 * and is placed again. A refusal is repeated until it is certain ({@link Evidence}).
 */
final class AgonesPool implements Placer {

    /** Of the call time-out, how long a call that is overdue goes on while refusals stay doubtful. */
    private static final double DOUBT = 0.7;

    private final String name;
    private final Context context;
    private final Claims claims;
    private final Releases releases;
    private final Refusals refusals;

    /** Guards all below, and what the lines hold. Nothing is sent, signed, told or logged under it. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<Map<String, String>, Line> lines = new LinkedHashMap<>();
    private final Map<Call, Waiter> waiters = new HashMap<>();
    private final Tries tries = new Tries();
    private final Runnable wake = this::wake;
    private int patient;
    /** When the timer for the next departure is due; none if it is the latest time there is. */
    private long wakeAt = Long.MAX_VALUE;

    private final Knowledge knowledge;

    AgonesPool(String name, boolean declared, Context context, Claims claims, Releases releases) {
        this.name = name;
        this.context = context;
        this.claims = claims;
        this.releases = releases;
        this.knowledge = new Knowledge(declared);
        this.refusals = new Refusals(name, context.messages().namespace());
    }

    @Override
    public void place(Call call) {
        RequestDigest digest = RequestDigest.of(call.request());
        locked(after -> {
            long now = context.now();
            Waiter tried = digest == null ? null : tries.underWay(digest);
            if (tried != null && tried.digest != null && !tried.digest.equals(digest)) {
                after.add(() -> call.fail(new RequestConflictException(call.request())));
                return;
            }
            Waiter waiter = tried == null ? new Waiter(call, digest, now) : tried;
            waiters.put(call, waiter);
            patient += waitsForRoom(call);
            if (tried != null) {
                tried.join(call);
            } else if (digest != null) {
                tries.begins(digest, waiter);
                find(waiter, digest, after);
            } else {
                enter(waiter, now);
            }
            keepTheLimit(after);
            depart(after);
        });
    }

    @Override
    public void overdue(Call call) {
        locked(after -> {
            Waiter waiter = waiters.get(call);
            if (waiter != null) {
                waiter.overdue(call, context.now());
                refuseTheCertain(after);
            }
        });
    }

    @Override
    public boolean withdraw(Call call) {
        boolean[] nothingWritten = {true};
        locked(after -> {
            Waiter waiter = waiters.get(call);
            if (waiter == null) {
                nothingWritten[0] = false;
                return;
            }
            nothingWritten[0] = !waiter.flying && !waiter.maybeWritten;
            Line line = lines.get(waiter.request.selectors());
            Failure failure = waiter.failure == null && line != null ? line.failure : waiter.failure;
            remove(call, waiter);
            // What is told here tells more than that there was no answer; nobody hears it if the call is settled.
            if (failure == null && nothingWritten[0] && waiter.noRoom.count() > 0) {
                long waited = context.now() - waiter.since;
                int count = waiter.noRoom.count();
                after.add(() -> call.fail(refusals.noCapacity(call.request(), waited, count, null)));
            } else if (failure != null) {
                boolean maybeWritten = !nothingWritten[0];
                after.add(() -> call.fail(failure.toException(name, call.request(), maybeWritten)));
            }
        });
        return nothingWritten[0];
    }

    /** A caller does not want its claim. */
    void giveBack(Claim claim) {
        String key = AgonesNames.keyOf(claim.sessionId());
        boolean[] unwanted = {true};
        if (Tries.isKeyed(key)) {
            locked(after -> {
                unwanted[0] = tries.givenBack(claim.sessionId());
                if (unwanted[0]) {
                    tries.over(key);
                }
            });
        }
        if (unwanted[0]) {
            releases.giveBack(name, claim.sessionId());
        }
    }

    /** A session is released: its value may be seen in the list for a while, and is no session any more. */
    void released(String sessionId) {
        locked(after -> tries.over(AgonesNames.keyOf(sessionId)));
    }

    String name() {
        return name;
    }

    /** Whether it was declared, or a server of it was seen. */
    boolean isKnown() {
        return heard(() -> knowledge.known);
    }

    /** Whether it is known, or Agones shows a server of it when asked; fails with a {@link Releases.FailedException}. */
    CompletableFuture<Boolean> exists() {
        if (isKnown()) {
            return CompletableFuture.completedFuture(true);
        }
        return Search.start(context, name).thenApply(shown -> {
            locked(after -> knowledge.known |= shown);
            return isKnown();
        });
    }

    /** Whether anybody waits. */
    boolean isIdle() {
        return heard(waiters::isEmpty);
    }

    int waiting() {
        return heard(waiters::size);
    }

    /** How long ago Agones answered a call about this pool; null if it never has. */
    @Nullable
    Duration age() {
        long at = heard(() -> knowledge.heardAt);
        return at < 0 ? null : Duration.ofNanos(Math.max(0, context.now() - at));
    }

    private void enter(Waiter waiter, long now) {
        Line line = lines.computeIfAbsent(waiter.request.selectors(), Line::new);
        line.add(waiter, now);
        if (waiter.noRoom.count() == 0) {
            line.hurry(now, Backoff.refused(context.settings().batchWait()));
        }
    }

    /** Sends what may go, the most urgent first. */
    private void depart(Deferred after) {
        long now = context.now();
        long next = Long.MAX_VALUE;
        List<Line> ready = lines.values().stream()
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
        return line.departure(context.settings().gather().toNanos(), batch());
    }

    /** How many go together: no more than the largest server can take. */
    private int batch() {
        int batch = context.settings().batch();
        return knowledge.slots == 0 ? batch : Math.min(batch, knowledge.slots);
    }

    private void wake() {
        locked(after -> {
            wakeAt = Long.MAX_VALUE;
            depart(after);
        });
    }

    private void send(Line line, long now, Deferred after) {
        List<Waiter> first = line.depart(batch());
        Instant time = context.timing().clock().instant();
        first.forEach(waiter -> waiter.flying = true);
        Flight flight = Flight.of(
                line,
                now,
                first,
                waiter -> waiter.digest == null ? context.keys().next() : tries.nextKey(waiter.digest, time));
        after.add(() -> {
            boolean sent = context.call(
                    name,
                    "claim",
                    flight.keys().size(),
                    context.messages().claim(name, line.selectors, flight.values()),
                    (answer, failure) -> answered(flight, answer, failure));
            if (!sent) {
                context.claims().release();
            }
        });
    }

    private void answered(Flight flight, @Nullable Answer answer, @Nullable Failure failure) {
        try {
            locked(after -> {
                flight.keys().keySet().forEach(waiter -> waiter.flying = false);
                if (answer != null) {
                    arrived(flight, answer, after);
                } else {
                    failed(flight, Objects.requireNonNull(failure), after);
                }
                // Not before: a line with nothing under way is dropped when the last who waits leaves it.
                flight.line().flights--;
                dropIfEmpty(flight.line());
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
        String complaint = answer.complaint(context.messages().listKey());
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
        if (count > 0) {
            knowledge.hasList = true;
            roomSeen(answer, line, count == flight.keys().size());
        } else {
            line.pauseFor(now, Backoff.FAILED, context.random()); // full by the time it was written
        }
        refuseTheCertain(after);
    }

    /** Whoever that server would have done for was refused in error, or there is room since. */
    private void roomSeen(Answer answer, Line line, boolean enough) {
        for (Line other : lines.values()) {
            if (other == line || answer.matches(other.selectors)) {
                other.roomSeen(other == line && enough);
                other.waiting.forEach(waiter -> waiter.noRoom.takenBack());
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
        line.pauseFor(
                now, refused ? Backoff.refused(context.settings().batchWait()) : Backoff.FAILED, context.random());
        for (Map.Entry<Waiter, String> each : flight.keys().entrySet()) {
            Waiter waiter = each.getKey();
            waiter.maybeWritten |= failure.kind().maybeApplied();
            waiter.failure = refused ? null : failure;
            if (!waiter.isWanted()) {
                tries.ends(waiter);
                continue;
            }
            if (waiter.digest != null && failure.kind().maybeApplied()) {
                tries.maybeWritten(each.getValue());
                waiter.noSession.takenBack();
                find(waiter, waiter.digest, after);
            } else {
                line.add(waiter, now);
            }
        }
        if (refused) {
            long batchWait = context.settings().batchWait().toNanos();
            line.waiting.stream()
                    .filter(waiter -> flight.sent() >= waiter.since)
                    .forEach(waiter -> waiter.noRoom.refused(flight.sent(), now, batchWait));
            refuseTheCertain(after);
        }
    }

    private void fail(Flight flight, Failure failure, Deferred after) {
        flight.keys().keySet().forEach(waiter -> fail(waiter, failure, after));
    }

    private void fail(Waiter waiter, Failure failure, Deferred after) {
        boolean maybeWritten = waiter.maybeWritten;
        settle(waiter, call -> failure.toException(name, call.request(), maybeWritten), after);
    }

    private void land(Waiter waiter, String key, Answer server, Deferred after) {
        Instant expiresAt = context.timing().clock().instant().plus(waiter.request.claimTtl());
        if (waiter.digest != null) {
            tries.landed(waiter.digest, key, Flight.value(waiter, key));
        }
        give(waiter, key, server, expiresAt, true, after);
    }

    /** Gives the session to all who try for it. */
    private void give(Waiter waiter, String key, Answer server, Instant expiresAt, boolean claimedNow, Deferred after) {
        List<Call> calls = waiter.calls();
        calls.forEach(call -> remove(call, waiter));
        tries.ends(waiter);
        after.add(() -> {
            try {
                Claim claim = claims.of(name, server, key, waiter.request.annotations(), expiresAt);
                if (waiter.digest != null) {
                    locked(counted -> tries.given(claim.sessionId(), Math.max(1, calls.size()), claimedNow));
                }
                List<Call> gone =
                        calls.stream().filter(call -> !call.claimed(claim)).toList();
                if (calls.isEmpty() && claimedNow) {
                    giveBack(claim);
                }
                gone.forEach(call -> giveBack(claim));
            } catch (UnusableServerException unusable) {
                releases.giveBack(name, server, key);
                calls.forEach(call -> call.fail(unusable.failure().toException(name, call.request(), true)));
            }
        });
    }

    /** Looks whether the request has a session already. */
    private void find(Waiter waiter, RequestDigest digest, Deferred after) {
        Map<String, String> values =
                tries.values(waiter, digest, context.timing().clock().instant());
        String conflict = tries.conflict(digest);
        List<String> all = new ArrayList<>(values.values());
        if (conflict != null) {
            all.add(conflict);
        }
        after.add(() -> context.others().run(() -> {
            long sent = context.now();
            boolean called = context.call(name, "find", 1, context.messages().find(name, all), (answer, failure) -> {
                context.others().release();
                locked(then -> {
                    if (waiter.isWanted()) {
                        found(waiter, digest, values, conflict, sent, answer, failure, then);
                        depart(then);
                    } else {
                        tries.ends(waiter);
                    }
                });
            });
            if (!called) {
                context.others().release();
            }
        }));
    }

    private void found(
            Waiter waiter,
            RequestDigest digest,
            Map<String, String> values,
            @Nullable String conflict,
            long sent,
            @Nullable Answer answer,
            @Nullable Failure failure,
            Deferred after) {
        long now = context.now();
        if (answer != null) {
            knowledge.known = true;
            knowledge.answered(now);
            String key = values.entrySet().stream()
                    .filter(value -> answer.holds(value.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
            if (key != null) {
                Instant latest = Tries.latestStart(key).plus(waiter.request.claimTtl());
                Instant ours = context.timing().clock().instant().plus(waiter.request.claimTtl());
                give(waiter, key, answer, latest.isBefore(ours) ? latest : ours, false, after);
            } else if (conflict != null && answer.holds(conflict)) {
                settle(waiter, call -> new RequestConflictException(call.request()), after);
            } else {
                enter(waiter, now); // ended between the look and the answer
            }
            return;
        }
        Failure failed = Objects.requireNonNull(failure);
        boolean refused = failed.kind() == Kind.REFUSED;
        waiter.failure = refused ? null : failed;
        if (refused) {
            knowledge.answered(now);
            waiter.noSession.refused(sent, now, context.settings().batchWait().toNanos());
            if (waiter.noSession.isCertain()) {
                enter(waiter, now);
                return;
            }
        } else if (!failed.kind().repeatable()) {
            fail(waiter, failed, after);
            return;
        }
        Backoff pause = refused
                ? Backoff.refused(context.settings().batchWait())
                : Backoff.FAILED.longer().longer();
        after.add(() -> context.after(
                pause.pause(context.random()),
                () -> locked(then -> {
                    if (waiter.isWanted()) {
                        find(waiter, digest, then);
                    }
                })));
    }

    /** Refuses whoever there is certainly no room for, and whose time is up. */
    private void refuseTheCertain(Deferred after) {
        long now = context.now();
        long doubtEnds = now - (long) (DOUBT * context.settings().callTimeout().toNanos());
        for (Line line : List.copyOf(lines.values())) {
            for (Waiter waiter : List.copyOf(line.waiting)) {
                if (waiter.noRoom.isCertain()) {
                    refuse(waiter, after);
                } else if (waiter.noRoom.count() > 0) {
                    waiter.overdueBy(doubtEnds).forEach(call -> refuse(call, waiter, null, after));
                }
            }
        }
        knowledge.diagnosis = null;
    }

    private void refuse(Waiter waiter, Deferred after) {
        Diagnosis seen = knowledge.diagnosis;
        if (!knowledge.hasList && seen == null) {
            look(after);
            return;
        }
        if (seen != null && refusals.verdict(seen, knowledge.known, waiter.request) != null) {
            boolean known = knowledge.known;
            settle(waiter, call -> Objects.requireNonNull(refusals.verdict(seen, known, call.request())), after);
        } else {
            waiter.overdueBy(Long.MAX_VALUE).forEach(call -> refuse(call, waiter, seen, after));
        }
    }

    private void refuse(Call call, Waiter waiter, @Nullable Diagnosis seen, Deferred after) {
        long waited = context.now() - waiter.since;
        int count = waiter.noRoom.count();
        remove(call, waiter);
        after.add(() -> call.fail(refusals.noCapacity(call.request(), waited, count, seen)));
    }

    /** Nothing has landed here yet: is there such a Fleet, and has it the list? */
    private void look(Deferred after) {
        if (knowledge.looking) {
            return;
        }
        knowledge.looking = true;
        after.add(() -> context.others().run(() -> {
            boolean called = context.call(name, "look", 0, context.messages().look(name), (answer, failure) -> {
                context.others().release();
                locked(then -> looked(answer, failure, then));
            });
            if (!called) {
                context.others().release();
            }
        }));
    }

    private void looked(@Nullable Answer answer, @Nullable Failure failure, Deferred after) {
        if (answer != null) {
            Messages messages = context.messages();
            knowledge.looked(Diagnosis.of(answer, messages.listKey(), messages.withSdk()));
        } else if (failure != null && failure.kind() == Kind.REFUSED) {
            knowledge.looked(Diagnosis.NOTHING_FOUND);
        } else {
            knowledge.looking = false; // the next refusal looks again
            return;
        }
        refuseTheCertain(after);
    }

    /** Past the limit the least urgent of those who wait goes; those who don't wait neither take a seat nor lose one. */
    private void keepTheLimit(Deferred after) {
        int limit = context.settings().waitingLimit();
        if (patient <= limit) {
            return;
        }
        Waiter last = lines.values().stream()
                .flatMap(line -> line.waiting.descendingSet().stream()
                        .filter(Waiter::isPatient)
                        .limit(1))
                .max(Waiter.ORDER)
                .orElse(null);
        if (last != null) {
            long waited = context.now() - last.since;
            settle(last, call -> refusals.tooMany(call.request(), waited, limit), after);
        }
    }

    private void settle(Waiter waiter, Function<Call, AllocationException> error, Deferred after) {
        for (Call call : waiter.calls()) {
            remove(call, waiter);
            after.add(() -> call.fail(error.apply(call)));
        }
        tries.ends(waiter);
    }

    /** Forgets a call, and its place in line if it was the last that wanted it. */
    private void remove(Call call, Waiter waiter) {
        waiter.remove(call);
        if (waiters.remove(call) != null) {
            patient -= waitsForRoom(call);
        }
        if (!waiter.isWanted()) {
            Line line = lines.get(waiter.request.selectors());
            if (line != null) {
                line.waiting.remove(waiter);
                dropIfEmpty(line);
            }
            if (!waiter.flying) {
                tries.ends(waiter);
            }
        }
    }

    private void dropIfEmpty(Line line) {
        if (line.isEmpty()) {
            lines.remove(line.selectors);
        }
    }

    private static int waitsForRoom(Call call) {
        return call.request().maxWait().isZero() ? 0 : 1;
    }

    private <T> T heard(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Consumer<Deferred> work) {
        Deferred after = new Deferred();
        lock.lock();
        try {
            work.accept(after);
        } finally {
            lock.unlock();
        }
        after.run();
    }
}
