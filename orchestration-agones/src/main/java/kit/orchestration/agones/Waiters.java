package kit.orchestration.agones;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import kit.orchestration.AllocationException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Deferred;
import org.jspecify.annotations.Nullable;

/** The calls of a pool that have no answer yet: who waits for what, and in which line. Guarded by the pool's lock. */
final class Waiters {

    private final String pool;
    private final Tries tries;
    private final Map<Map<String, String>, Line> lines = new LinkedHashMap<>();
    private final Map<Call, Waiter> byCall = new HashMap<>();
    private int patient;

    Waiters(String pool, Tries tries) {
        this.pool = pool;
        this.tries = tries;
    }

    @Nullable
    Waiter of(Call call) {
        return byCall.get(call);
    }

    boolean isEmpty() {
        return byCall.isEmpty();
    }

    int size() {
        return byCall.size();
    }

    Collection<Line> lines() {
        return lines.values();
    }

    /** The line that it waits in, or would. */
    @Nullable
    Line lineOf(Waiter waiter) {
        return lines.get(waiter.request.selectors());
    }

    /** How many wait for room, if there is none. */
    int patient() {
        return patient;
    }

    void add(Call call, Waiter waiter) {
        byCall.put(call, waiter);
        patient += waitsForRoom(call);
    }

    /** Waits in its line from now on. */
    void enter(Waiter waiter, long now, RetryPause pause) {
        Line line = lines.computeIfAbsent(waiter.request.selectors(), Line::new);
        line.add(waiter, now);
        if (waiter.noRoom.count() == 0) {
            line.hurry(now, pause);
        }
    }

    /** All who want it are told the same error. */
    void settle(Waiter waiter, Function<Call, AllocationException> error, Deferred after) {
        for (Call call : waiter.calls()) {
            remove(call, waiter);
            after.add(() -> call.fail(error.apply(call)));
        }
        tries.ends(waiter);
    }

    void fail(Waiter waiter, Failure failure, Deferred after) {
        boolean maybeWritten = waiter.maybeWritten;
        settle(waiter, call -> failure.toException(pool, call.request(), maybeWritten), after);
    }

    /** Forgets a call, and its place in line if it was the last that wanted it. */
    void remove(Call call, Waiter waiter) {
        waiter.remove(call);
        if (byCall.remove(call) != null) {
            patient -= waitsForRoom(call);
        }
        if (!waiter.isWanted()) {
            Line line = lineOf(waiter);
            if (line != null) {
                line.waiting.remove(waiter);
                dropIfEmpty(line);
            }
            if (!waiter.flying) {
                tries.ends(waiter);
            }
        }
    }

    void dropIfEmpty(Line line) {
        if (line.isEmpty()) {
            lines.remove(line.selectors);
        }
    }

    /** Of those who wait for room, the one that would get it last; null if nobody does. */
    @Nullable
    Waiter leastUrgent() {
        return lines.values().stream()
                .flatMap(line -> line.waiting.descendingSet().stream()
                        .filter(Waiter::isPatient)
                        .limit(1))
                .max(Waiter.ORDER)
                .orElse(null);
    }

    private static int waitsForRoom(Call call) {
        return call.request().maxWait().isZero() ? 0 : 1;
    }
}
