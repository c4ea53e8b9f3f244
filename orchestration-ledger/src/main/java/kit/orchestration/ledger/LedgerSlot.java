package kit.orchestration.ledger;

import java.time.Duration;
import java.util.Map;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * One slot of a pod, as its ledger says. The texts, words with one space between them:
 *
 * <pre>
 * free:  USES
 * held:  USES SESSION-ID TTL-MS DIGEST ANNOTATIONS [revoked] [MORE…]
 * </pre>
 *
 * <ul>
 *   <li>USES: how often the slot has been freed, decimal. A claim tests the free text, so a late one fails.
 *   <li>TTL-MS: how long the claim waits for its player, decimal milliseconds, from when the pod first sees it.
 *   <li>DIGEST: {@link RequestDigest#text()}, or {@code -} for none.
 *   <li>ANNOTATIONS: {@code key=value} pairs with commas between them, sorted by key, each side in
 *       {@code application/x-www-form-urlencoded} of UTF-8; or {@code -} for none.
 *   <li>{@code revoked}: there if the claim was released from outside (it is <em>marked</em>); the pod ends it, and
 *       frees the slot.
 *   <li>MORE: words of a later format. A reader passes over them, and keeps them when it marks the claim.
 * </ul>
 *
 * <p>What may become of a slot: free → held → (marked →) free, with its count raised; the allocator holds and marks,
 * the pod frees. Whoever writes tests the text that it has read. None of the characters is ever escaped in JSON. There
 * is no token in it. A text that can't be read is one slot lost until it is written anew, and nothing else.
 */
public sealed interface LedgerSlot {

    /** Characters of a slot's text at most: the longest annotations, three for each byte, and the rest. */
    int MAX_LENGTH = 4_096;

    /** The {@link #version} of a slot that can't be read. */
    long UNREADABLE = -1;

    /** How often the slot has been freed; 0 or more, or {@link #UNREADABLE}. */
    long uses();

    /** The slot's text, which {@link #parse} reads. */
    String format();

    /** Which state of the slot this is: it grows with each change but a mark, and is odd while the slot is held. */
    default long version() {
        return version(format());
    }

    /**
     * As {@link #version()}, of a text; {@link #UNREADABLE} if it does not begin with a count, or there is none. Reads
     * no more than the count: it is asked of every slot of every Lease that a watch tells, and reading them whole took
     * half of a matchmaker's time.
     */
    static long version(@Nullable String text) {
        return LedgerSlotText.version(text);
    }

    /** The slot that a text says, whatever it is; null is a text that is missing. */
    static LedgerSlot read(@Nullable String text) {
        if (text == null) {
            return new Unreadable("", "it is missing");
        }
        try {
            return parse(text);
        } catch (LedgerFormatException malformed) {
            return new Unreadable(text, String.valueOf(malformed.getMessage()));
        }
    }

    /** The claim that a text says; null if it says none. Of a free slot it reads no more than that it is free. */
    static @Nullable Held claim(@Nullable String text) {
        return text != null && text.indexOf(' ') > 0 && read(text) instanceof Held held ? held : null;
    }

    /**
     * The slot that a text says.
     *
     * @throws LedgerFormatException if it is no such text
     */
    static LedgerSlot parse(String text) {
        return LedgerSlotText.parse(text);
    }

    /**
     * Room for a session.
     *
     * @param uses how often the slot has been freed; 0 or more
     */
    record Free(long uses) implements LedgerSlot {

        /** A slot that nobody has held yet. */
        public static final Free NEW = new Free(0);

        /** Checks the count. */
        public Free {
            checkUses(uses);
        }

        /** This slot, held by a claim. */
        public Held hold(
                String sessionId, Duration ttl, @Nullable RequestDigest digest, Map<String, String> annotations) {
            return new Held(uses, sessionId, ttl, digest, annotations, false, "");
        }

        @Override
        public long version() {
            return 2 * uses;
        }

        /** This slot with its count raised: a late claim that tests the old text fails. */
        public Free fenced() {
            return raised(uses);
        }

        @Override
        public String format() {
            return Long.toString(uses);
        }
    }

    /**
     * A slot that a claim holds.
     *
     * @param uses how often the slot has been freed before; 0 or more
     * @param sessionId the claim's session: 1 to 64 letters, digits, '-', '_' or '.'
     * @param ttl how long the claim waits for its player, whole milliseconds, 1 ms to {@link Limits#MAX_CLAIM_TTL}
     * @param digest of the request that asked for it; null if it had no id
     * @param annotations the request's, for the pod; in the bounds of {@link Limits#checkAnnotations}
     * @param revoked whether the claim was released from outside
     * @param more words of a later format, with one space between them; empty for none
     */
    record Held(
            long uses,
            String sessionId,
            Duration ttl,
            @Nullable RequestDigest digest,
            Map<String, String> annotations,
            boolean revoked,
            String more)
            implements LedgerSlot {

        /** Checks every field and copies the annotations. */
        public Held {
            checkUses(uses);
            Limits.checkId("sessionId", sessionId);
            Limits.checkRange("ttl", ttl, Duration.ofMillis(1), Limits.MAX_CLAIM_TTL);
            if (!Duration.ofMillis(ttl.toMillis()).equals(ttl)) {
                throw new IllegalArgumentException("ttl must be whole milliseconds, was " + ttl);
            }
            annotations = Limits.checkAnnotations(annotations);
            LedgerSlotText.checkMore(more, revoked);
        }

        /** The same claim, released from outside. */
        public Held revoke() {
            return new Held(uses, sessionId, ttl, digest, annotations, true, more);
        }

        @Override
        public long version() {
            return 2 * uses + 1;
        }

        /** The slot once the pod has freed it. */
        public Free freed() {
            return raised(uses);
        }

        @Override
        public String format() {
            return LedgerSlotText.format(this);
        }
    }

    /**
     * A text that can't be read: the slot is neither free nor anybody's, until it is written anew.
     *
     * @param format the text; empty if it is missing
     * @param problem why it can't be read
     */
    record Unreadable(String format, String problem) implements LedgerSlot {

        @Override
        public long uses() {
            long version = version();
            return version < 0 ? UNREADABLE : version / 2;
        }
    }

    /** A count that has no next one was written by hand, and begins anew: it makes no pod unable to write. */
    private static Free raised(long uses) {
        return uses < LedgerSlotText.MAX_USES ? new Free(uses + 1) : Free.NEW;
    }

    private static void checkUses(long uses) {
        if (uses < 0 || uses > LedgerSlotText.MAX_USES) {
            throw new IllegalArgumentException("uses must be 0 to %s, was %s".formatted(LedgerSlotText.MAX_USES, uses));
        }
    }
}
