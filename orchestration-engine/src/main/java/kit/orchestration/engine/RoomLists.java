package kit.orchestration.engine;

import java.util.Arrays;

/**
 * The places of a {@link PodView}, in a list for each order and room. Whatever is asked costs the same with any number of
 * places. Guarded by the pool's lock.
 *
 * <p>A list is linked by numbers in arrays, not by references from pod to pod: a move then touches 8 bytes of each
 * neighbour, packed closely, and passes no write barrier of the garbage collector. Measured: a claim and its end take 13 %
 * less CPU time with 10 pods, 15 % with 100,000 over which they are spread.
 */
final class RoomLists {

    static final int NONE = -1;

    private static final PickOrder[] ORDERS = PickOrder.values();

    /** The lists of one order. */
    private static final class Heads {
        /** The first place of the list of each room; nobody stands in that of 0. */
        private int[] first = {NONE};
        /** A bit for each list that is not empty. */
        private long[] occupied = new long[1];

        private void grow(int room) {
            int old = first.length;
            first = Arrays.copyOf(first, Math.max(room + 1, old * 2));
            Arrays.fill(first, old, first.length, NONE);
            occupied = Arrays.copyOf(occupied, (first.length + 63) >>> 6);
        }

        /** The least room, {@link #NONE} if nobody has any. */
        private int lowest() {
            for (int word = 0; word < occupied.length; word++) {
                if (occupied[word] != 0) {
                    return (word << 6) + Long.numberOfTrailingZeros(occupied[word]);
                }
            }
            return NONE;
        }

        private int highest() {
            for (int word = occupied.length - 1; word >= 0; word--) {
                if (occupied[word] != 0) {
                    return (word << 6) + 63 - Long.numberOfLeadingZeros(occupied[word]);
                }
            }
            return NONE;
        }
    }

    /** The places after and before each in its list. */
    private int[] next = new int[16];

    private int[] previous = new int[16];
    /** How many places were ever taken. */
    private int places;
    /** The first of the places that were given back, in a list by {@link #next}. */
    private int vacant = NONE;

    private final Heads[] heads = new Heads[ORDERS.length];

    RoomLists() {
        Arrays.setAll(heads, order -> new Heads());
    }

    /** Takes a place, which stands in no list yet. */
    int take() {
        if (vacant != NONE) {
            int place = vacant;
            vacant = next[place];
            return place;
        }
        if (places == next.length) {
            next = Arrays.copyOf(next, places * 2);
            previous = Arrays.copyOf(previous, places * 2);
        }
        return places++;
    }

    /** Gives a place back that stands in no list any more. */
    void giveBack(int place) {
        next[place] = vacant;
        vacant = place;
    }

    /** Puts a place first in its list; in none if there is no room. */
    void link(int place, PickOrder order, int room) {
        if (room == 0) {
            return;
        }
        Heads lists = heads[order.number];
        if (room >= lists.first.length) {
            lists.grow(room);
        }
        int head = lists.first[room];
        next[place] = head;
        previous[place] = NONE;
        if (head == NONE) {
            lists.occupied[room >>> 6] |= 1L << room;
        } else {
            previous[head] = place;
        }
        lists.first[room] = place;
    }

    void unlink(int place, PickOrder order, int room) {
        if (room == 0) {
            return;
        }
        int before = previous[place];
        int after = next[place];
        if (after != NONE) {
            previous[after] = before;
        }
        if (before != NONE) {
            next[before] = after;
        } else {
            Heads lists = heads[order.number];
            lists.first[room] = after;
            if (after == NONE) {
                lists.occupied[room >>> 6] &= ~(1L << room);
            }
        }
    }

    /** The place with the least room of those that come first in order, {@link #NONE} if none has room. */
    int fullest() {
        for (Heads lists : heads) {
            int room = lists.lowest();
            if (room != NONE) {
                return lists.first[room];
            }
        }
        return NONE;
    }

    /** The place with the most room, whatever its order, of the fresh ones if there are any. */
    int emptiest() {
        int fresh = emptiest(true);
        return fresh == NONE ? emptiest(false) : fresh;
    }

    private int emptiest(boolean fresh) {
        int most = NONE;
        int place = NONE;
        for (int order = 0; order < heads.length; order++) {
            int room = ORDERS[order].fresh == fresh ? heads[order].highest() : NONE;
            if (room > most) {
                most = room;
                place = heads[order].first[room];
            }
        }
        return place;
    }
}
