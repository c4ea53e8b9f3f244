package kit.orchestration.agones;

import java.util.List;
import kit.orchestration.AllocateReq;
import kit.orchestration.AllocationException;
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
    static final double DOUBT = 0.7;

    /** Refusals after which it is looked what the servers are like, so that it is known once they are certain. */
    private static final int LOOKED_AT = 3;

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
                int count = waiter.noRoom.count();
                boolean certain = waiter.noRoom.isCertain();
                List<Call> overdue = count == 0 ? List.of() : waiter.overdueBy(certain ? Long.MAX_VALUE : doubtEnds);
                if (count >= LOOKED_AT || !overdue.isEmpty()) {
                    look(after);
                }
                if (certain && verdict(waiter.request) != null) {
                    waiter.calls().forEach(call -> refuse(call, waiter, after));
                } else if (isLookedAt()) {
                    overdue.forEach(call -> refuse(call, waiter, after));
                }
            }
        }
    }

    /** There was no room, as far as is known. */
    void refuse(Call call, Waiter waiter, Deferred after) {
        Diagnosis seen = knowledge.diagnosis;
        AllocationException verdict = verdict(call.request());
        long waited = context.now() - waiter.since;
        int count = waiter.noRoom.count();
        waiters.remove(call, waiter);
        after.add(
                () -> call.fail(verdict == null ? refusals.noCapacity(call.request(), waited, count, seen) : verdict));
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

    /** Whether a claim has landed here, or a look has told why none does. */
    private boolean isLookedAt() {
        return knowledge.hasList || knowledge.diagnosis != null;
    }

    /** What to tell all who ask for this pool; null if it is just full, or nobody has looked. */
    private @Nullable AllocationException verdict(AllocateReq request) {
        Diagnosis seen = knowledge.diagnosis;
        return seen == null ? null : refusals.verdict(seen, knowledge.known, request);
    }

    /** Nothing has landed here yet: is there such a Fleet, and has it the list? */
    private void look(Deferred after) {
        if (isLookedAt() || knowledge.looking) {
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
        after.add(() -> context.after(context.settings().callTimeout(), () -> guard.run(then -> knowledge.forget())));
        refuseTheCertain(after);
    }
}
