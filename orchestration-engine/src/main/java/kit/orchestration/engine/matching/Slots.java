package kit.orchestration.engine.matching;

import java.util.BitSet;

/**
 * The slots of a pod. Each has a <b>version</b> that only grows: even while it is free, odd while it is held (so twice the
 * use count, plus one if held). States of a slot may therefore be told in any order: the higher version wins.
 */
final class Slots {

    private final long[] versions;
    private final BitSet free;
    private final BitSet reserved;
    private int freeCount;
    private int reservedCount;
    private int held;
    private long taken;

    Slots(long[] versions) {
        this.versions = versions.clone();
        free = new BitSet(versions.length);
        reserved = new BitSet(versions.length);
        for (int slot = 0; slot < versions.length; slot++) {
            if (isHeld(versions[slot])) {
                held++;
            } else {
                free.set(slot);
                freeCount++;
            }
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

    long version(int slot) {
        return versions[slot];
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
        if (!isHeld(versions[slot])) {
            free.set(slot);
            freeCount++;
        }
    }

    /** News of an older version changes nothing. */
    void seen(int slot, long version) {
        long before = versions[slot];
        if (version <= before) {
            return;
        }
        versions[slot] = version;
        if (isHeld(version) == isHeld(before)) {
            return;
        }
        int change = isHeld(version) ? 1 : -1;
        held += change;
        if (!reserved.get(slot)) {
            free.set(slot, change < 0);
            freeCount -= change;
        }
    }

    private static boolean isHeld(long version) {
        return (version & 1) == 1;
    }
}
