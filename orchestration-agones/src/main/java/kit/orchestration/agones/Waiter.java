package kit.orchestration.agones;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.AllocateReq;
import kit.orchestration.engine.Call;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * A claim that is wanted: by one call, or by all tries of one request. It waits in its {@link Line}, or is on its way
 * to Agones in a {@link Flight}, or, if it has a request id, is looked for first. Guarded by the pool's lock.
 */
final class Waiter {

    /** Who chooses first. */
    static final Comparator<Waiter> ORDER = Comparator.<Waiter>comparingInt(waiter -> waiter.request.priority())
            .reversed()
            .thenComparingLong(waiter -> waiter.arrival);

    /**
     * Refusals that make it certain that there is no room (measured on the stand-in, two servers that three allocators
     * fill and empty: after 3 a request in 50 was refused in error, after 6 two of 7,000).
     */
    private static final int REFUSALS = 8;
    /** And that a request id has no session: the less since each costs a wait, and every first try pays it. */
    private static final int NOT_FOUND = 3;
    /**
     * So long a server that is much asked for stays hidden at a time, however short the batches (measured on a real
     * Agones with batches of 10 ms: nine in ten for less than half a second).
     */
    private static final Duration HIDDEN = Duration.ofMillis(900);

    final AllocateReq request;
    final @Nullable RequestDigest digest;
    final long since;
    final Evidence noRoom = new Evidence(REFUSALS);
    final Evidence noSession = new Evidence(NOT_FOUND, HIDDEN);
    private final long arrival;
    private final Set<Call> calls = new LinkedHashSet<>();
    /** Those whose {@code maxWait} has passed, and when. */
    private final Map<Call, Long> overdue = new LinkedHashMap<>();

    /** Since when its note is seen without its session; negative if it is not. */
    long unclearSince = -1;
    /** Whether something was sent for it that may have been written. */
    boolean maybeWritten;
    /** What the last call for it failed with; null if Agones answered. */
    @Nullable
    Failure failure;
    /** Whether it is in a {@link Flight}. */
    boolean flying;

    Waiter(Call call, @Nullable RequestDigest digest, long now) {
        this.request = call.request();
        this.digest = digest;
        this.arrival = call.arrival();
        this.since = now;
        calls.add(call);
    }

    /** Another try of the same request. */
    void join(Call call) {
        calls.add(call);
    }

    /** A copy. */
    List<Call> calls() {
        return new ArrayList<>(calls);
    }

    boolean isWanted() {
        return !calls.isEmpty();
    }

    void overdue(Call call, long now) {
        if (calls.contains(call)) {
            overdue.put(call, now);
        }
    }

    void remove(Call call) {
        calls.remove(call);
        overdue.remove(call);
    }

    /** Those whose {@code maxWait} passed at that time or before; a copy. */
    List<Call> overdueBy(long time) {
        return overdue.entrySet().stream()
                .filter(call -> call.getValue() <= time)
                .map(Map.Entry::getKey)
                .toList();
    }

    boolean isPatient() {
        return !request.maxWait().isZero();
    }
}
