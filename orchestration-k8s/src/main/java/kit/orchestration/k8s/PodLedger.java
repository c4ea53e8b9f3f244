package kit.orchestration.k8s;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;
import kit.orchestration.engine.PodState;
import kit.orchestration.token.LedgerFormatException;
import kit.orchestration.token.LedgerSlot;
import kit.orchestration.token.LedgerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod and its Lease, joined by the pod's uid, from when both are first seen until either is gone: the handle that the
 * engine holds of it. Written by the view's thread alone, read by any.
 */
final class PodLedger {

    private static final Logger log = LoggerFactory.getLogger(PodLedger.class);

    /** A slot that differs from how it was; null where it can't be read. */
    record Change(int slot, @Nullable LedgerSlot before, @Nullable LedgerSlot after) {}

    private volatile PodView pod;
    private volatile LeaseView lease;
    private final @Nullable LedgerSlot[] slots;
    /** By the engine's count: twice the uses, plus one while held. */
    private final AtomicLongArray versions;

    private long revision;

    PodLedger(PodView pod, LeaseView lease) {
        this.pod = pod;
        this.lease = lease;
        this.slots = new LedgerSlot[lease.slots().length];
        this.versions = new AtomicLongArray(slots.length);
    }

    PodView pod() {
        return pod;
    }

    LeaseView lease() {
        return lease;
    }

    /** A slot's version as last seen. */
    long version(int slot) {
        return versions.get(slot);
    }

    long[] versions() {
        long[] copy = new long[versions.length()];
        for (int slot = 0; slot < copy.length; slot++) {
            copy[slot] = versions.get(slot);
        }
        return copy;
    }

    /** What the pod's Lease says of claims: open with a boot id, closed; null if that can't be read. */
    @Nullable LedgerState state() {
        String text = lease.state();
        try {
            return text == null ? null : LedgerState.parse(text);
        } catch (LedgerFormatException unreadable) {
            return null;
        }
    }

    /** Grows with each call: of the news that the engine is told. */
    long nextRevision() {
        return ++revision;
    }

    PodState podState() {
        PodView now = pod;
        LedgerState state = state();
        if (now.leaving() || state instanceof LedgerState.Closed) {
            return PodState.DRAINING;
        }
        return now.ready() && now.address() != null && state != null ? PodState.READY : PodState.NOT_READY;
    }

    /** A newer state of the pod; false if it is not newer. */
    boolean seen(PodView newer) {
        if (newer.version() <= pod.version()) {
            return false;
        }
        pod = newer;
        return true;
    }

    /** A newer state of the Lease; gives what is different in its slots, null if it is not newer. */
    @Nullable List<Change> seen(LeaseView newer) {
        if (newer.version() <= lease.version()) {
            return null;
        }
        List<Change> changes = read(lease, newer);
        lease = newer;
        return changes;
    }

    /** The slots of the first Lease. */
    List<Change> first() {
        return read(null, lease);
    }

    /** The claims that hold its slots. */
    List<LedgerSlot.Held> held() {
        List<LedgerSlot.Held> held = new ArrayList<>();
        for (LedgerSlot slot : slots) {
            if (slot instanceof LedgerSlot.Held claim) {
                held.add(claim);
            }
        }
        return held;
    }

    private List<Change> read(@Nullable LeaseView older, LeaseView newer) {
        List<Change> changes = new ArrayList<>();
        for (int slot = 0; slot < slots.length; slot++) {
            String text = text(newer, slot);
            if (older == null || !Objects.equals(text, text(older, slot))) {
                LedgerSlot before = slots[slot];
                LedgerSlot after = parse(text);
                slots[slot] = after;
                versions.set(slot, after == null ? versions.get(slot) | 1 : version(after));
                changes.add(new Change(slot, before, after));
            }
        }
        return changes;
    }

    static long version(LedgerSlot slot) {
        return 2 * slot.uses() + (slot instanceof LedgerSlot.Held ? 1 : 0);
    }

    /** A slot that can't be read is left alone: it counts as held until it can. */
    private @Nullable LedgerSlot parse(@Nullable String text) {
        try {
            return text == null ? null : LedgerSlot.parse(text);
        } catch (LedgerFormatException unreadable) {
            log.warn("a slot of lease {} can't be read, and is left alone: {}", lease.name(), unreadable.getMessage());
            return null;
        }
    }

    private static @Nullable String text(LeaseView lease, int slot) {
        return slot < lease.slots().length ? lease.slots()[slot] : null;
    }

    @Override
    public String toString() {
        return "PodLedger[" + pod.name() + "]";
    }
}
