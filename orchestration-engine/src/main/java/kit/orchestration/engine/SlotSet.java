package kit.orchestration.engine;

/** A set of slot numbers that knows its size. Not safe for several threads. */
final class SlotSet {

    private final long[] words;
    private int size;

    SlotSet(int capacity) {
        words = new long[(capacity + 63) >>> 6];
    }

    int size() {
        return size;
    }

    boolean contains(int slot) {
        return (words[slot >>> 6] & (1L << slot)) != 0;
    }

    void add(int slot) {
        if (!contains(slot)) {
            words[slot >>> 6] |= 1L << slot;
            size++;
        }
    }

    void remove(int slot) {
        if (contains(slot)) {
            words[slot >>> 6] &= ~(1L << slot);
            size--;
        }
    }

    /** The first member at or after {@code start}, else the first of all. The set must not be empty. */
    int nextFrom(int start) {
        int word = start >>> 6;
        long bits = words[word] & (-1L << start);
        while (bits == 0) {
            word = word + 1 == words.length ? 0 : word + 1;
            bits = words[word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }
}
