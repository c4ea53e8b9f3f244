package kit.orchestration.sdk.kubernetes;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerSlot.Unreadable;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.PlatformListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots of the pod: what the Lease says of each, and what it said last that counts. The two differ where somebody
 * has spoilt a text: the slot stays what it was, and {@link #mended} is to be written. A claim is not the pod's to
 * write: a slot that is held, and whose text says something else, is without a text until its session ends, so that
 * nobody claims it. Only a text that differs is read. Confined to one thread; no I/O.
 */
final class LeaseSlots {

    private static final Logger log = LoggerFactory.getLogger(LeaseSlots.class);

    private final @Nullable String[] texts;
    private final LedgerSlot[] slots;
    /** The slots whose text does not say what they are. */
    private final BitSet spoilt = new BitSet();

    LeaseSlots(int capacity) {
        texts = new String[capacity];
        slots = new LedgerSlot[capacity];
        Arrays.fill(slots, Free.NEW);
    }

    /** Takes the texts over and tells what differs; a slot that the SDK has freed is not told to be gone. */
    void update(Lease lease, IntPredicate freed, PlatformListener listener) {
        for (int i = 0; i < texts.length; i++) {
            String text = lease.slot(i);
            if (!Objects.equals(texts[i], text)) {
                texts[i] = text;
                LedgerSlot read = LedgerSlot.read(text);
                spoilt.set(i, read instanceof Unreadable);
                if (read instanceof Unreadable unreadable) {
                    log.warn(
                            "slot {} can't be read, and is nobody's until it is written anew: {}",
                            i,
                            unreadable.problem());
                } else {
                    become(i, read, freed, listener);
                }
            }
        }
    }

    /** The Lease was made anew by somebody: it is to say what the old one said. */
    void replaced(Lease lease) {
        for (int i = 0; i < texts.length; i++) {
            texts[i] = lease.slot(i);
            LedgerSlot read = LedgerSlot.read(texts[i]);
            if (slots[i] instanceof Free && read instanceof Free) {
                slots[i] = read;
            } else {
                spoilt.set(i, !slots[i].format().equals(texts[i]));
            }
        }
    }

    /** The claim that holds the slot for the session; null if none does. */
    @Nullable
    Held held(int slot, String sessionId) {
        return slot < slots.length
                        && slots[slot] instanceof Held now
                        && now.sessionId().equals(sessionId)
                ? now
                : null;
    }

    /** The claim for the session; null if there is none. */
    @Nullable
    ClaimedSlot find(String sessionId) {
        for (int i = 0; i < slots.length; i++) {
            Held now = held(i, sessionId);
            if (now != null) {
                return claim(i, now);
            }
        }
        return null;
    }

    /** The sessions that hold slots. */
    Set<String> sessions() {
        Set<String> sessions = new HashSet<>();
        for (LedgerSlot slot : slots) {
            if (slot instanceof Held held) {
                sessions.add(held.sessionId());
            }
        }
        return sessions;
    }

    /** The slot, if it is free and the Lease says so; null if not. */
    @Nullable
    Free free(int slot) {
        return slots[slot] instanceof Free now && !spoilt.get(slot) ? now : null;
    }

    /** How many slots the Lease shows free. */
    int freeCount() {
        int free = 0;
        for (int i = 0; i < slots.length; i++) {
            free += free(i) == null ? 0 : 1;
        }
        return free;
    }

    /** The slots whose text is not what it is to be, and can be. */
    BitSet spoilt() {
        BitSet mendable = (BitSet) spoilt.clone();
        spoilt.stream()
                .filter(i -> slots[i] instanceof Held && LedgerSlot.read(texts[i]) instanceof Unreadable)
                .forEach(mendable::clear);
        return mendable;
    }

    /**
     * What a slot's text is to be whose text is spoilt: none while a session holds it; else free, with a count that no
     * allocator has seen, so that it is news to all, and whatever was computed before fails its test.
     */
    @Nullable
    String mended(int slot) {
        return slots[slot] instanceof Held
                ? null
                : new Free(Math.max(
                                slots[slot].uses(), LedgerSlot.read(texts[slot]).uses()))
                        .fenced()
                        .format();
    }

    /** The text that the Lease has for the slot; null if none. */
    @Nullable
    String text(int slot) {
        return texts[slot];
    }

    /** The texts that a Lease is to have, which is made anew. */
    List<String> wanted() {
        return Arrays.stream(slots).map(LedgerSlot::format).toList();
    }

    int capacity() {
        return texts.length;
    }

    private void become(int i, LedgerSlot now, IntPredicate freed, PlatformListener listener) {
        Held was = slots[i] instanceof Held held ? held : null;
        Held is = now instanceof Held held ? held : null;
        slots[i] = now;
        boolean same = was != null && is != null && was.sessionId().equals(is.sessionId());
        if (was != null && !same && !freed.test(i)) {
            listener.gone(was.sessionId());
        }
        if (is != null && !same) {
            listener.claimed(claim(i, is));
        }
        if (is != null && is.revoked() && (was == null || !same || !was.revoked())) {
            listener.revoked(is.sessionId());
        }
    }

    private static ClaimedSlot claim(int slot, Held held) {
        return new ClaimedSlot(held.sessionId(), slot, held.ttl(), held.annotations());
    }
}
