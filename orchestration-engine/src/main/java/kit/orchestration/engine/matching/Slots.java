package kit.orchestration.engine.matching;

import java.util.BitSet;

/**
 * The slots of a pod. Each has a <b>version</b> that only grows: even while it is free, odd while it is held (so twice
 * the use count, plus one if held). States of a slot may therefore be told in any order: the higher version wins. A
 * version below 0 is a slot that can't be read.
 */
final class Slots {

    private final long[] versions;
    private final BitSet free;
    private final BitSet reserved;
    /** Those that can't be read at the moment. */
    private final BitSet unreadable;

    private int freeCount;
    private int reservedCount;
    private int held;
    private long taken;
    private long takenByOthers;

    Slots(long[] versions) {
        this.versions = new long[versions.length];
        free = new BitSet(versions.length);
        reserved = new BitSet(versions.length);
        unreadable = new BitSet(0);
        free.set(0, versions.length);
        freeCount = versions.length;
        for (int slot = 0; slot < versions.length; slot++) {
            seen(slot, versions[slot]);
        }
    }

    int capacity() {
        return versions.length;
    }

    /** Neither held nor reserved. */
    int free() {
        return freeCount;
    }

    int reserved() {
        return reservedCount;
    }

    /** Those that are only reserved don't count. */
    int held() {
        return held;
    }

    /** How often one was ever reserved. */
    long taken() {
        return taken;
    }

    /** How often one was seen held that this allocator had not reserved. */
    long takenByOthers() {
        return takenByOthers;
    }

    /** One that was reserved at this version could not be written: others have it if it was seen at a later one. */
    void lost(int slot, long version) {
        takenByOthers += versions[slot] > version ? 1 : 0;
    }

    long version(int slot) {
        return versions[slot];
    }

    /** Whether nobody was seen to hold it since that version. */
    boolean isFreeAt(int slot, long version) {
        return versions[slot] == version && !isHeld(slot);
    }

    /** Reserves the next free one from {@code start} on, wrapping around. There must be one. */
    int reserve(int start) {
        int slot = free.nextSetBit(start % versions.length);
        if (slot < 0) {
            slot = free.nextSetBit(0);
        }
        free.clear(slot);
        freeCount--;
        reserved.set(slot);
        reservedCount++;
        taken++;
        return slot;
    }

    /** Takes a reservation back. */
    void unreserve(int slot) {
        reserved.clear(slot);
        reservedCount--;
        if (!isHeld(slot)) {
            free.set(slot);
            freeCount++;
        }
    }

    /**
     * News of an older version changes nothing. What can't be read, at a version below 0, counts as held until it is
     * seen at one again that is not older than the last.
     *
     * @return whether it went free
     */
    boolean seen(int slot, long version) {
        if (version >= 0 && version < versions[slot]) {
            return false;
        }
        boolean before = isHeld(slot);
        if (version > versions[slot] && (version & 1) == 1 && !reserved.get(slot)) {
            takenByOthers++;
        }
        unreadable.set(slot, version < 0);
        versions[slot] = Math.max(version, versions[slot]);
        if (isHeld(slot) == before) {
            return false;
        }
        int change = before ? -1 : 1;
        held += change;
        if (!reserved.get(slot)) {
            free.set(slot, change < 0);
            freeCount -= change;
        }
        return before;
    }

    private boolean isHeld(int slot) {
        return (versions[slot] & 1) == 1 || unreadable.get(slot);
    }
}
