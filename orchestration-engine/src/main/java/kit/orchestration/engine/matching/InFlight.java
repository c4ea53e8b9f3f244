package kit.orchestration.engine.matching;

import org.jspecify.annotations.Nullable;

/**
 * The holds that have no answer yet, in the order in which they were made: a slot that one of them is for has
 * not been seen held, and may be free after all. A list through the holds themselves, since every claim goes in and
 * out.
 */
final class InFlight {

    private @Nullable Hold first;
    private @Nullable Hold last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Hold hold) {
        hold.previous = last;
        if (last == null) {
            first = hold;
        } else {
            last.next = hold;
        }
        last = hold;
    }

    void remove(Hold hold) {
        Hold before = hold.previous;
        Hold after = hold.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        hold.previous = null;
        hold.next = null;
    }

    /** The first that may yet serve a demand; null if none does. */
    @Nullable
    Hold firstFor(Demand demand) {
        Hold each = first;
        while (each != null && !each.mayYetServe(demand)) {
            each = each.next;
        }
        return each;
    }
}
