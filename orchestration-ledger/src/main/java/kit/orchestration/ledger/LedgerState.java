package kit.orchestration.ledger;

import java.util.List;
import java.util.Objects;
import kit.orchestration.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pod takes claims, as its ledger says; words with one space between them, the pod's alone to write:
 *
 * <pre>
 * open/BOOT FORMAT         it takes claims
 * closed/BOOT FORMAT       it takes none: it boots, or is not ready
 * closed/BOOT FORMAT draining
 * </pre>
 *
 * <ul>
 *   <li>BOOT names this run of the pod's process, and no other. A claim tests the state's text as it was read, so none
 *       lands once the pod has closed or booted anew. A closed pod keeps its boot: sessions that it has can still be
 *       found, and their tokens name it.
 *   <li>FORMAT is the newest {@link #FORMAT} that the pod knows, decimal. An allocator writes claims in that one, or in
 *       the newest that it knows itself, whichever is older. Format 0 has no number: {@code open/BOOT} and {@code
 *       closed}.
 *   <li>Whatever words follow that a reader does not know it passes over.
 * </ul>
 *
 * @param isOpen whether it takes claims
 * @param bootId names the run of the pod's process: 1 to 64 letters, digits, '-', '_' or '.'; null in format 0 if it is
 *     closed
 * @param version the newest format that the pod knows
 * @param draining whether it will take none any more
 */
public record LedgerState(boolean isOpen, @Nullable String bootId, int version, boolean draining) {

    /** The newest format that this library reads and writes. It differs from format 0 in the state's text alone. */
    public static final int FORMAT = 1;

    /** What a format's number is at most. */
    public static final int MAX_VERSION = 999_999;

    private static final String OPEN = "open";
    private static final String CLOSED = "closed";
    private static final String DRAINING = "draining";

    /** Checks boot id and version, and that no pod drains that takes claims. */
    public LedgerState {
        if (bootId != null || isOpen) {
            Limits.checkId("bootId", Objects.requireNonNull(bootId, "bootId must not be null"));
        }
        if (isOpen && draining) {
            throw new IllegalArgumentException("a pod that is draining takes no claims");
        }
        if (version < 0 || version > MAX_VERSION) {
            throw new IllegalArgumentException("version must be 0 to " + MAX_VERSION + ", was " + version);
        }
    }

    /** A pod that takes claims, in the newest format. */
    public static LedgerState open(String bootId) {
        return new LedgerState(true, bootId, FORMAT, false);
    }

    /** A pod that takes none, in the newest format. */
    public static LedgerState closed(String bootId, boolean draining) {
        return new LedgerState(false, bootId, FORMAT, draining);
    }

    /**
     * The state that a text says.
     *
     * @throws LedgerFormatException if it is no such text
     */
    public static LedgerState parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        List<String> words = List.of(text.split(" ", -1));
        int version = words.size() == 1 ? 0 : (int) LedgerSlotText.number("format", words.get(1), 6);
        int slash = words.get(0).indexOf('/');
        String word = slash < 0 ? words.get(0) : words.get(0).substring(0, slash);
        String bootId = slash < 0 ? null : words.get(0).substring(slash + 1);
        if (word.equals(CLOSED) || (word.equals(OPEN) && bootId != null)) {
            try {
                boolean draining = word.equals(CLOSED) && words.lastIndexOf(DRAINING) > 1;
                return new LedgerState(word.equals(OPEN), bootId, version, draining);
            } catch (IllegalArgumentException e) {
                throw new LedgerFormatException("state: " + e.getMessage());
            }
        }
        throw new LedgerFormatException(
                "state must be open/<boot id> or closed/<boot id>, and a format number, was " + Limits.quote(text));
    }

    /** The state's text, which {@link #parse} reads. */
    public String format() {
        return (isOpen ? OPEN : CLOSED)
                + (bootId == null ? "" : "/" + bootId)
                + (version == 0 ? "" : " " + version)
                + (draining ? " " + DRAINING : "");
    }
}
