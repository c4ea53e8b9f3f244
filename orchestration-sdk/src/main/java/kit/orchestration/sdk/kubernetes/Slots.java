package kit.orchestration.sdk.kubernetes;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.sdk.Claim;
import kit.orchestration.sdk.PlatformListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots of the pod as last seen, and what became of them since. Only a slot whose text differs is read. Confined to one
 * thread; no I/O.
 */
final class Slots {

    private static final Logger log = LoggerFactory.getLogger(Slots.class);

    private final @Nullable String[] texts;
    /** What each text says; null if it is missing, or is none of ours. */
    private final @Nullable LedgerSlot[] slots;

    private int free;
    private int held;

    Slots(int capacity) {
        texts = new String[capacity];
        slots = new LedgerSlot[capacity];
    }

    /**
     * Takes the texts over and tells what differs.
     *
     * @param freed whether a session was ended by the SDK: it is not told that it is gone
     */
    void update(List<@Nullable String> newTexts, Predicate<String> freed, PlatformListener listener) {
        for (int i = 0; i < texts.length; i++) {
            if (!Objects.equals(texts[i], newTexts.get(i))) {
                LedgerSlot before = slots[i];
                set(i, newTexts.get(i));
                tell(
                        i,
                        before instanceof Held was ? was : null,
                        slots[i] instanceof Held is ? is : null,
                        freed,
                        listener);
            }
        }
    }

    /** Nothing is held any more: the ledger is another's. */
    void forget(Predicate<String> freed, PlatformListener listener) {
        update(Arrays.asList(new String[texts.length]), freed, listener);
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
    Claim find(String sessionId) {
        for (int i = 0; i < slots.length; i++) {
            Held now = held(i, sessionId);
            if (now != null) {
                return claim(i, now);
            }
        }
        return null;
    }

    /** The slot, if it is free; null if it is not. */
    @Nullable
    Free free(int slot) {
        return slots[slot] instanceof Free now ? now : null;
    }

    /** The texts; null where one is missing. */
    List<@Nullable String> texts() {
        return Arrays.asList(texts.clone());
    }

    int freeCount() {
        return free;
    }

    int heldCount() {
        return held;
    }

    int capacity() {
        return texts.length;
    }

    private void set(int i, @Nullable String text) {
        count(slots[i], -1);
        texts[i] = text;
        slots[i] = text == null ? null : read(i, text);
        count(slots[i], 1);
    }

    private void count(@Nullable LedgerSlot slot, int by) {
        if (slot instanceof Free) {
            free += by;
        } else if (slot != null) {
            held += by;
        }
    }

    private static @Nullable LedgerSlot read(int slot, String text) {
        try {
            return LedgerSlot.parse(text);
        } catch (LedgerFormatException e) {
            log.warn("slot {} can't be read, and is left alone until the pod starts anew: {}", slot, e.getMessage());
            return null;
        }
    }

    private static void tell(
            int slot, @Nullable Held was, @Nullable Held is, Predicate<String> freed, PlatformListener listener) {
        boolean same = was != null && is != null && was.sessionId().equals(is.sessionId());
        if (was != null && !same && !freed.test(was.sessionId())) {
            listener.gone(was.sessionId());
        }
        if (is != null && !same) {
            listener.claimed(claim(slot, is));
        }
        if (is != null && is.revoked() && (was == null || !same || !was.revoked())) {
            listener.revoked(is.sessionId());
        }
    }

    private static Claim claim(int slot, Held held) {
        return new Claim(held.sessionId(), slot, held.ttl(), held.annotations());
    }
}
