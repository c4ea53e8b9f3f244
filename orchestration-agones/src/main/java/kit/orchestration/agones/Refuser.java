package kit.orchestration.agones;

import java.util.List;
import java.util.Objects;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Deferred;
import org.jspecify.annotations.Nullable;

/**
 * Refuses whoever there is certainly no room for, once it is known why there is none. Under the pool's lock, but its
 * calls.
 */
final class Refuser {

    /** Of the call time-out, how long a call that is overdue goes on while refusals stay doubtful. */
    private static final double DOUBT = 0.7;

    private final String pool;
    private final AllocatorContext context;
    private final Guard guard;
    private final Waiters waiters;
    private final Knowledge knowledge;
    private final NoRoom refusals;

    Refuser(String pool, AllocatorContext context, Guard guard, Waiters waiters, Knowledge knowledge) {
        this.pool = pool;
        this.context = context;
        this.guard = guard;
        this.waiters = waiters;
        this.knowledge = knowledge;
        this.refusals = new NoRoom(pool, context.messages().namespace());
    }

    /** Refuses whoever there is certainly no room for, and whose time is up. */
    void refuseTheCertain(Deferred after) {
        long now = context.now();
        long doubtEnds = now - (long) (DOUBT * context.settings().callTimeout().toNanos());
        for (Line line : List.copyOf(waiters.lines())) {
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

    /** There was no room, as far as is known: to be told to a call, or to all of a waiter's. */
    void refuse(Call call, Waiter waiter, @Nullable Diagnosis seen, Deferred after) {
        long waited = context.now() - waiter.since;
        int count = waiter.noRoom.count();
        waiters.remove(call, waiter);
        after.add(() -> call.fail(refusals.noCapacity(call.request(), waited, count, seen)));
    }

    /**
     * Past the limit the least urgent of those who wait goes; those who don't wait neither take a seat nor lose one.
     */
    void keepTheLimit(Deferred after) {
        int limit = context.settings().waitingLimit();
        Waiter last = waiters.patient() <= limit ? null : waiters.leastUrgent();
        if (last != null) {
            long waited = context.now() - last.since;
            waiters.settle(last, call -> refusals.tooMany(call.request(), waited, limit), after);
        }
    }

    private void refuse(Waiter waiter, Deferred after) {
        Diagnosis seen = knowledge.diagnosis;
        if (!knowledge.hasList && seen == null) {
            look(after);
            return;
        }
        if (seen != null && refusals.verdict(seen, knowledge.known, waiter.request) != null) {
            boolean known = knowledge.known;
            waiters.settle(
                    waiter, call -> Objects.requireNonNull(refusals.verdict(seen, known, call.request())), after);
        } else {
            waiter.overdueBy(Long.MAX_VALUE).forEach(call -> refuse(call, waiter, seen, after));
        }
    }

    /** Nothing has landed here yet: is there such a Fleet, and has it the list? */
    private void look(Deferred after) {
        if (knowledge.looking) {
            return;
        }
        knowledge.looking = true;
        after.add(() -> context.ask(
                context.looks(),
                pool,
                "look",
                0,
                context.messages().look(pool),
                (sent, answer, failure) -> guard.run(then -> looked(answer, failure, then)),
                () -> {}));
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
}
