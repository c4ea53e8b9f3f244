package kit.orchestration.engine;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reservations that have no answer yet: a slot that one of them is for has not been seen held, and may be free after
 * all. A list through the reservations themselves, since every claim goes in and out. Guarded by the pool's lock.
 */
final class InFlight<H> {

    private @Nullable Reservation<H> first;

    void add(Reservation<H> reservation) {
        reservation.next = first;
        if (first != null) {
            first.previous = reservation;
        }
        first = reservation;
    }

    void remove(Reservation<H> reservation) {
        Reservation<H> before = reservation.previous;
        Reservation<H> after = reservation.next;
        if (after != null) {
            after.previous = before;
        }
        if (before != null) {
            before.next = after;
        } else {
            first = after;
        }
        reservation.previous = null;
        reservation.next = null;
    }

    /** One whose slot a request with these selectors could have, if it is not written after all; null if there is none. */
    @Nullable
    Reservation<H> ofUseTo(Map<String, String> selectors) {
        for (Reservation<H> each = first; each != null; each = each.next) {
            if (isOfUse(each, selectors)) {
                return each;
            }
        }
        return null;
    }

    static boolean isOfUse(Reservation<?> reservation, Map<String, String> selectors) {
        Pod<?> pod = reservation.pod();
        return !reservation.answered
                && !reservation.written
                && pod.indexed
                && pod.state == PodState.READY
                && PodView.matches(selectors, pod.labels);
    }
}
