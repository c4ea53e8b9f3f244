package kit.orchestration.ledger;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;

/** Reads and writes the text that {@link LedgerSlot} describes. */
final class LedgerSlotText {

    /** The largest number of eighteen digits: a slot freed a million times a second reaches it in 30,000 years. */
    static final long MAX_USES = 999_999_999_999_999_999L;

    private static final String NONE = "-";
    private static final String REVOKED = "revoked";

    private LedgerSlotText() {}

    static String format(Held held) {
        RequestDigest digest = held.digest();
        String text = held.uses()
                + " " + held.sessionId()
                + " " + held.ttl().toMillis()
                + " " + (digest == null ? NONE : digest.text())
                + " " + (held.annotations().isEmpty() ? NONE : AnnotationsText.format(held.annotations()));
        return held.revoked() ? text + " " + REVOKED : text;
    }

    static LedgerSlot parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        if (text.length() > LedgerSlot.MAX_LENGTH) {
            throw new LedgerFormatException("a slot's text must have at most %d characters, had %d"
                    .formatted(LedgerSlot.MAX_LENGTH, text.length()));
        }
        String[] words = text.split(" ", -1);
        if (words.length == 1) {
            return new Free(number("uses", words[0]));
        }
        boolean revoked = words.length == 6 && words[5].equals(REVOKED);
        if (words.length != 5 && !revoked) {
            throw new LedgerFormatException(
                    "a slot's text must be USES, or USES SESSION-ID TTL-MS DIGEST ANNOTATIONS [revoked], was "
                            + Limits.quote(text));
        }
        try {
            return new Held(
                    number("uses", words[0]),
                    words[1],
                    Duration.ofMillis(number("ttl", words[2])),
                    words[3].equals(NONE) ? null : RequestDigest.parse(words[3]),
                    words[4].equals(NONE) ? Map.of() : AnnotationsText.parse(words[4]),
                    revoked);
        } catch (LedgerFormatException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new LedgerFormatException(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isNumber(String word) {
        boolean good = !word.isEmpty() && word.length() <= 18 && (word.length() == 1 || word.charAt(0) != '0');
        for (int i = 0; good && i < word.length(); i++) {
            good = word.charAt(i) >= '0' && word.charAt(i) <= '9';
        }
        return good;
    }

    private static long number(String field, String word) {
        if (!isNumber(word)) {
            throw new LedgerFormatException(field
                    + " must be a decimal number of at most 18 digits without sign and leading zeros, was "
                    + Limits.quote(word));
        }
        return Long.parseLong(word);
    }
}
