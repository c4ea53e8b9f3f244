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
 * held:  USES SESSION-ID TTL-MS DIGEST ANNOTATIONS [revoked]
 * </pre>
 *
 * <ul>
 *   <li>USES: how often the slot has been freed, decimal. A claim tests the free text, so a late one fails.
 *   <li>TTL-MS: how long the claim waits for its player, decimal milliseconds, from when the pod first sees it.
 *   <li>DIGEST: {@link RequestDigest#text()}, or {@code -} for none.
 *   <li>ANNOTATIONS: {@code key=value} pairs with commas between them, sorted by key, each side in
 *       {@code application/x-www-form-urlencoded} of UTF-8; or {@code -} for none.
 *   <li>{@code revoked}: there if the claim was released from outside; the pod ends it, and frees the slot.
 * </ul>
 *
 * <p>Each slot has one text only, and no other is read. None of its characters is ever escaped in JSON. There is no token in it.
 */
public sealed interface LedgerSlot {

    /** Characters of a slot's text at most: the longest annotations, three for each byte, and the rest. */
    int MAX_LENGTH = 4_096;

    /** How often the slot has been freed; 0 or more. */
    long uses();

    /** The slot's text, which {@link #parse} reads. */
    String format();

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
            return new Held(uses, sessionId, ttl, digest, annotations, false);
        }

        /** This slot with its count raised: a late claim that tests the old text fails. */
        public Free fenced() {
            return new Free(uses + 1);
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
     */
    record Held(
            long uses,
            String sessionId,
            Duration ttl,
            @Nullable RequestDigest digest,
            Map<String, String> annotations,
            boolean revoked)
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
        }

        /** The same claim, released from outside. */
        public Held revoke() {
            return new Held(uses, sessionId, ttl, digest, annotations, true);
        }

        /** The slot once the pod has freed it. */
        public Free freed() {
            return new Free(uses + 1);
        }

        @Override
        public String format() {
            return LedgerSlotText.format(this);
        }
    }

    private static void checkUses(long uses) {
        if (uses < 0 || uses > LedgerSlotText.MAX_USES) {
            throw new IllegalArgumentException("uses must be 0 to %d, was %d".formatted(LedgerSlotText.MAX_USES, uses));
        }
    }
}
