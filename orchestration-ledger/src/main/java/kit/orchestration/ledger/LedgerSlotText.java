package kit.orchestration.ledger;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import org.jspecify.annotations.Nullable;

/** Reads and writes the text that {@link LedgerSlot} describes. */
final class LedgerSlotText {

    /** The largest number of eighteen digits: a slot freed a million times a second reaches it in 30,000 years. */
    static final long MAX_USES = 999_999_999_999_999_999L;

    private static final int DIGITS = 18;
    /** Of a slot that is held and not marked. */
    private static final int WORDS = 5;

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
        return text + (held.revoked() ? " " + REVOKED : "") + (held.more().isEmpty() ? "" : " " + held.more());
    }

    /** As {@link LedgerSlot#version(String)}. A text with words after its count is held, whatever they say. */
    static long version(@Nullable String text) {
        if (text == null) {
            return LedgerSlot.UNREADABLE;
        }
        int space = text.indexOf(' ');
        int end = space < 0 ? text.length() : space;
        if (!isNumber(text, end, DIGITS)) {
            return LedgerSlot.UNREADABLE;
        }
        long uses = 0;
        for (int i = 0; i < end; i++) {
            uses = 10 * uses + text.charAt(i) - '0';
        }
        return 2 * uses + (space < 0 ? 0 : 1);
    }

    static LedgerSlot parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        if (text.length() > LedgerSlot.MAX_LENGTH) {
            throw new LedgerFormatException("a slot's text must have at most %s characters, had %s"
                    .formatted(LedgerSlot.MAX_LENGTH, text.length()));
        }
        String[] words = text.split(" ", -1);
        if (words.length == 1) {
            return new Free(number("uses", words[0], DIGITS));
        }
        if (words.length < WORDS || Arrays.asList(words).contains("")) {
            throw new LedgerFormatException(
                    "a slot's text must be USES, or USES SESSION-ID TTL-MS DIGEST ANNOTATIONS [revoked], was "
                            + Limits.quote(text));
        }
        boolean revoked = words.length > WORDS && words[WORDS].equals(REVOKED);
        int known = revoked ? WORDS + 1 : WORDS;
        try {
            return new Held(
                    number("uses", words[0], DIGITS),
                    words[1],
                    Duration.ofMillis(number("ttl", words[2], DIGITS)),
                    words[3].equals(NONE) ? null : RequestDigest.parse(words[3]),
                    words[4].equals(NONE) ? Map.of() : AnnotationsText.parse(words[4]),
                    revoked,
                    String.join(" ", Arrays.asList(words).subList(known, words.length)));
        } catch (LedgerFormatException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new LedgerFormatException(String.valueOf(e.getMessage()));
        }
    }

    /** Words of a later format, which are read back as such. */
    static void checkMore(String more, boolean revoked) {
        Objects.requireNonNull(more, "more must not be null");
        List<String> words = more.isEmpty() ? List.of() : Arrays.asList(more.split(" ", -1));
        if (words.contains("") || (!revoked && !words.isEmpty() && words.get(0).equals(REVOKED))) {
            throw new IllegalArgumentException(
                    "more must be words with one space between them, the first of them not 'revoked', was "
                            + Limits.quote(more));
        }
    }

    private static boolean isNumber(String text, int end, int digits) {
        boolean good = end > 0 && end <= digits && (end == 1 || text.charAt(0) != '0');
        for (int i = 0; good && i < end; i++) {
            good = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        return good;
    }

    static long number(String field, String word, int digits) {
        if (!isNumber(word, word.length(), digits)) {
            throw new LedgerFormatException(field + " must be a decimal number of at most " + digits
                    + " digits without sign and leading zeros, was " + Limits.quote(word));
        }
        return Long.parseLong(word);
    }
}
