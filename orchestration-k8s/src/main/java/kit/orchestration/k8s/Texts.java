package kit.orchestration.k8s;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.ledger.LedgerFormatException;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Between the texts of a ledger's slots and the engine's versions of them: twice the uses, plus one while held. */
final class Texts {

    private static final Logger log = LoggerFactory.getLogger(Texts.class);

    /** What most free slots of a cluster say. */
    private static final int SHARED = 1_000;

    private static final int MAX_DIGITS = 18;

    private static final String[] FREE = new String[SHARED];

    static {
        for (int uses = 0; uses < SHARED; uses++) {
            FREE[uses] = new LedgerSlot.Free(uses).format();
        }
    }

    private Texts() {}

    /** The same text; one object for all slots of the same small use count: there may be a million. */
    static String shared(String text) {
        if (text.length() > 3) {
            return text;
        }
        long uses = uses(text, text.length());
        return uses >= 0 && FREE[(int) uses].equals(text) ? FREE[(int) uses] : text;
    }

    /**
     * The engine's version of a slot; -1 if the text does not begin with a count. Reads no more than that: it is asked of every
     * slot of every Lease that the watch tells, and reading them whole took half of a matchmaker's time.
     */
    static long version(@Nullable String text) {
        if (text == null) {
            return -1;
        }
        int space = text.indexOf(' ');
        long uses = uses(text, space < 0 ? text.length() : space);
        return uses < 0 ? -1 : 2 * uses + (space < 0 ? 0 : 1);
    }

    static long version(LedgerSlot slot) {
        return 2 * slot.uses() + (slot instanceof LedgerSlot.Held ? 1 : 0);
    }

    /** The text of a slot that is free at an even version. */
    static String free(long version) {
        return new LedgerSlot.Free(version / 2).format();
    }

    /** A slot that was free at a version, held by a session. */
    static LedgerSlot.Held held(long version, String sessionId, AllocateReq request) {
        return new LedgerSlot.Free(version / 2)
                .hold(sessionId, wholeMillis(request.claimTtl()), RequestDigest.of(request), request.annotations());
    }

    /** The claim that a text says; null if it says none. */
    static LedgerSlot.@Nullable Held claim(@Nullable String text) {
        return text != null && text.indexOf(' ') > 0 && parse(text) instanceof LedgerSlot.Held held ? held : null;
    }

    private static @Nullable LedgerSlot parse(String text) {
        try {
            return LedgerSlot.parse(text);
        } catch (LedgerFormatException unreadable) {
            log.warn("a slot of a ledger can't be read, and is left alone: {}", unreadable.getMessage());
            return null;
        }
    }

    /** The decimal number, without sign or leading zeros, that the text begins with; -1 if it is none. */
    private static long uses(String text, int end) {
        if (end == 0 || end > MAX_DIGITS || (end > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        long uses = 0;
        for (int i = 0; i < end; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            uses = 10 * uses + digit;
        }
        return uses;
    }

    private static Duration wholeMillis(Duration ttl) {
        Duration cut = ttl.truncatedTo(ChronoUnit.MILLIS);
        return cut.equals(ttl) ? ttl : cut.plusMillis(1);
    }
}
