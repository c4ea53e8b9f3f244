package kit.orchestration.ledger;

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
 *   <li>BOOT names this run of the pod's process, and no other. A claim tests the state's text as it was read, so none lands
 *       once the pod has closed or booted anew. A closed pod keeps its boot: sessions that it has can still be found, and
 *       their tokens name it.
 *   <li>FORMAT is the newest {@link #FORMAT} that the pod knows, decimal. An allocator writes claims in that one, or in the
 *       newest that it knows itself, whichever is older. Format 0 has no number: {@code open/BOOT} and {@code closed}.
 *   <li>Whatever words follow that a reader does not know it passes over.
 * </ul>
 */
public sealed interface LedgerState {

    /** The newest format that this library reads and writes. It differs from format 0 in the state's text alone. */
    int FORMAT = 1;

    /** What a format's number is at most. */
    int MAX_VERSION = 999_999;

    /** The state's text, which {@link #parse} reads. */
    String format();

    /** Names the run of the pod's process; null in format 0 if the pod is closed. */
    @Nullable
    String bootId();

    /** The newest format that the pod knows. */
    int version();

    /** A pod that takes claims, in the newest format. */
    static Open open(String bootId) {
        return new Open(bootId, FORMAT);
    }

    /** A pod that takes none, in the newest format. */
    static Closed closed(String bootId, boolean draining) {
        return new Closed(bootId, FORMAT, draining);
    }

    /**
     * The state that a text says.
     *
     * @throws LedgerFormatException if it is no such text
     */
    static LedgerState parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        String[] words = text.split(" ", -1);
        int version = words.length == 1 ? 0 : (int) LedgerSlotText.number("format", words[1], 6);
        try {
            if (words[0].startsWith(Open.PREFIX)) {
                return new Open(words[0].substring(Open.PREFIX.length()), version);
            }
            if (words[0].equals(Closed.WORD)) {
                return new Closed(null, version, false);
            }
            if (words[0].startsWith(Closed.PREFIX)) {
                boolean draining = false;
                for (int i = 2; i < words.length; i++) {
                    draining |= words[i].equals(Closed.DRAINING);
                }
                return new Closed(words[0].substring(Closed.PREFIX.length()), version, draining);
            }
        } catch (IllegalArgumentException e) {
            throw new LedgerFormatException("state: " + e.getMessage());
        }
        throw new LedgerFormatException(
                "state must be open/<boot id> or closed/<boot id>, and a format number, was " + Limits.quote(text));
    }

    /**
     * The pod takes claims.
     *
     * @param bootId 1 to 64 letters, digits, '-', '_' or '.'
     * @param version the newest format that the pod knows
     */
    record Open(String bootId, int version) implements LedgerState {
        private static final String PREFIX = "open/";

        /** Checks both. */
        public Open {
            Limits.checkId("bootId", bootId);
            checkVersion(version);
        }

        /** In format 0. */
        public Open(String bootId) {
            this(bootId, 0);
        }

        @Override
        public String format() {
            return numbered(PREFIX + bootId, version);
        }
    }

    /**
     * The pod takes none: it boots, is not ready, drains or is gone.
     *
     * @param bootId as in {@link Open}; null in format 0
     * @param version the newest format that the pod knows
     * @param draining whether it will take none any more
     */
    record Closed(@Nullable String bootId, int version, boolean draining) implements LedgerState {
        private static final String WORD = "closed";
        private static final String PREFIX = WORD + "/";
        private static final String DRAINING = "draining";

        /** Checks boot id and version. */
        public Closed {
            if (bootId != null) {
                Limits.checkId("bootId", bootId);
            }
            checkVersion(version);
        }

        /** In format 0. */
        public Closed() {
            this(null, 0, false);
        }

        @Override
        public String format() {
            String text = numbered(bootId == null ? WORD : PREFIX + bootId, version);
            return draining ? text + ' ' + DRAINING : text;
        }
    }

    private static void checkVersion(int version) {
        if (version < 0 || version > MAX_VERSION) {
            throw new IllegalArgumentException("version must be 0 to " + MAX_VERSION + ", was " + version);
        }
    }

    private static String numbered(String text, int version) {
        return version == 0 ? text : text + ' ' + version;
    }
}
