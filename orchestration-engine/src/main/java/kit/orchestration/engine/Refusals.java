package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import kit.orchestration.NoCapacityException;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.NoCapacityException.Reason;

/**
 * Who is told that there is no room: only whom it is certain of. "No capacity" is said of slots that were seen held, by a
 * backend that sees. Guarded by the pool's lock; the telling is deferred.
 */
final class Refusals {

    private final PodIndex<?> index;
    private final InFlight<?> inFlight;
    private final LongSupplier nanoTime;
    private final BooleanSupplier seesAll;
    /** Waiters whose time is up, but of whom it is not yet certain that there is no room. */
    private final Overdue overdue = new Overdue();

    Refusals(PodIndex<?> index, InFlight<?> inFlight, LongSupplier nanoTime, BooleanSupplier seesAll) {
        this.index = index;
        this.inFlight = inFlight;
        this.nanoTime = nanoTime;
        this.seesAll = seesAll;
    }

    /** Whether there is nobody of {@link #add}. */
    boolean isEmpty() {
        return overdue.isEmpty();
    }

    /** A waiter whose time is up. */
    void add(Call call) {
        overdue.add(call);
    }

    /** It does not wait any more. */
    void remove(Call call) {
        overdue.remove(call);
    }

    /** Whether there is no room for a call of {@link #add}. */
    boolean isCertain(Call call) {
        return !mayYetHaveRoom(overdue.lineOf(call));
    }

    /** Those of {@link #add} for whom there is no room. */
    List<Call> certain() {
        List<Call> certain = new ArrayList<>();
        for (Overdue.Line line : overdue.lines()) {
            if (!mayYetHaveRoom(line)) {
                certain.addAll(line.calls());
            }
        }
        return certain;
    }

    /** Refuses a call, with what the pods look like now. */
    void refuse(Call call, Reason reason, String why, Deferred after) {
        PodCounts counts = index.view(call.request().selectors()).counts(index.size());
        long now = nanoTime.getAsLong();
        after.add(() -> call.fail(new NoCapacityException(call.request(), reason, counts, call.waited(now), why)));
    }

    private boolean mayYetHaveRoom(Overdue.Line line) {
        if (!seesAll.getAsBoolean() || index.view(line.selectors()).roomIsBlocked()) {
            return true;
        }
        if (line.awaited == null || !InFlight.isOfUse(line.awaited, line.selectors())) {
            line.awaited = inFlight.ofUseTo(line.selectors());
        }
        return line.awaited != null;
    }
}
