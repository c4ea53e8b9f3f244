package kit.orchestration.k8s.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerSlot.Unreadable;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/** What holds each slot of a pod, as the watch has told. Confined to the loop. */
public final class SlotHolders {

    /** A slot that can't be read is held by what held it when it could. */
    private @Nullable Held[] helds = new Held[0];
    /** The highest version that each slot was told at, since the story began. */
    private long[] versions = new long[0];

    private int story;

    /** What holds a slot. */
    public Optional<Held> held(int slot) {
        return Optional.ofNullable(slot < helds.length ? helds[slot] : null);
    }

    /** Whether that claim holds the slot. */
    public boolean isHeldBy(int slot, Held claim) {
        return held(slot)
                .filter(held -> held.sessionId().equals(claim.sessionId()))
                .isPresent();
    }

    /** How many slots the Lease has; and those that somebody has taken away, up to the last that is held. */
    public int size() {
        return helds.length;
    }

    /**
     * Counts the times when the slots' versions do not go on from where they were: another Lease, or a count lowered.
     */
    int story() {
        return story;
    }

    /** Who holds what, as if nobody had before. */
    List<Change> all() {
        List<Change> all = new ArrayList<>();
        for (int slot = 0; slot < helds.length; slot++) {
            if (helds[slot] != null) {
                all.add(new Change(slot, null, helds[slot]));
            }
        }
        return all;
    }

    /** As if nobody held anything any more. */
    List<Change> ended() {
        return all().stream()
                .map(change -> new Change(change.slot(), change.after(), null))
                .toList();
    }

    /** There is no Lease any more; gives who held what. */
    List<Change> clear() {
        List<Change> ended = ended();
        helds = new Held[0];
        versions = new long[0];
        story++;
        return ended;
    }

    /**
     * A Lease in a newer version; gives who holds what now, and did not before. Most slots are the same from one
     * version to the next: only what differs is read.
     *
     * @param older the version before; null if this is another Lease
     */
    List<Change> told(@Nullable Lease older, Lease newer) {
        List<Change> changes = new ArrayList<>(older == null ? clear() : List.of());
        int size = helds.length;
        while (size > newer.slots().size() && helds[size - 1] == null) {
            size--;
        }
        size = Math.max(size, newer.slots().size());
        helds = Arrays.copyOf(helds, size);
        versions = Arrays.copyOf(versions, size);
        boolean lowered = false;
        for (int slot = 0; slot < size; slot++) {
            String text = newer.slot(slot);
            if (older != null && Objects.equals(text, older.slot(slot))) {
                continue;
            }
            LedgerSlot now = LedgerSlot.read(text);
            long version = now.version();
            if (version >= 0) {
                lowered |= version < versions[slot];
                versions[slot] = version;
            }
            Held after = now instanceof Held held ? held : null;
            if (!(now instanceof Unreadable) && !Objects.equals(after, helds[slot])) {
                changes.add(new Change(slot, helds[slot], after));
                helds[slot] = after;
            }
        }
        story += lowered ? 1 : 0;
        return changes;
    }
}
