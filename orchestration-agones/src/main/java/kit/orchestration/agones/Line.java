package kit.orchestration.agones;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Those who ask a pool for the same selectors: what one of them may have, all may. The first of them go together in one
 * call; further calls go beside it while there are more. Guarded by the pool's lock.
 */
final class Line {

    /**
     * Calls under way for one line. Each needs a server of its own, since Agones hides what it has chosen until the
     * batch is over; and it answers all that came within its batch wait at the same time (measured: 16 do better than 8
     * there, 32 hardly better than 16).
     */
    static final int MAX_FLIGHTS = 16;

    final Map<String, String> selectors;
    final TreeSet<Waiter> waiting = new TreeSet<>(Waiter.ORDER);

    /** Calls under way now. */
    int flights;
    /** How many there may be: half as many after each that failed, so one alone while room is scarce, in order. */
    private int limit = MAX_FLIGHTS;
    /** Whether somebody was refused since all who waited had a place. */
    private boolean scarce;
    /** Nothing is sent before. */
    private long notBefore;
    /** When the first of those that wait now came. */
    private long gatheringSince;

    private @Nullable RetryPause pause;
    /** What the last call failed with; null once Agones has answered. */
    @Nullable
    Failure failure;
    /** How many calls in a row have failed. */
    int failures;

    Line(Map<String, String> selectors) {
        this.selectors = selectors;
    }

    boolean isEmpty() {
        return waiting.isEmpty() && flights == 0;
    }

    void add(Waiter waiter, long now) {
        if (waiting.isEmpty()) {
            gatheringSince = now;
        }
        waiting.add(waiter);
    }

    /**
     * Whether there is one to send and no call of too many. While room is scarce, those who would not fill a call wait
     * for the one that is under way, so that they don't overtake whom it carries if it fails.
     */
    boolean mayFly(int batch) {
        return !waiting.isEmpty() && flights < limit && (flights == 0 || !scarce || waiting.size() >= batch);
    }

    /** From when on the next call may go. */
    long departure(long gather, int batch) {
        return Math.max(notBefore, waiting.size() >= batch ? gatheringSince : gatheringSince + gather);
    }

    /** The first of those that wait. */
    List<Waiter> depart(int batch) {
        List<Waiter> first = new ArrayList<>(Math.min(batch, waiting.size()));
        while (first.size() < batch && !waiting.isEmpty()) {
            first.add(waiting.pollFirst());
        }
        flights++;
        return first;
    }

    /** A call has been refused, or lost: the next one waits, and fewer go beside it. */
    void pauseFor(long now, RetryPause first, RandomGenerator random) {
        limit = Math.max(1, limit / 2);
        pause = pause == null || !pause.last().equals(first.last()) ? first : pause.longer();
        notBefore = Math.max(notBefore, now + pause.pause(random).toNanos());
    }

    void refused() {
        scarce = true;
    }

    /** Somebody came who has not waited yet: the pause is not longer for it than after a first refusal. */
    void hurry(long now, RetryPause first) {
        notBefore = Math.min(notBefore, now + first.next().toNanos());
    }

    /** There is room on some server of this line. */
    void roomSeen(boolean enough) {
        pause = null;
        notBefore = 0;
        limit = enough ? Math.min(MAX_FLIGHTS, limit * 2) : limit;
        scarce &= !enough || !waiting.isEmpty();
    }

    void answered() {
        failure = null;
        failures = 0;
    }
}
