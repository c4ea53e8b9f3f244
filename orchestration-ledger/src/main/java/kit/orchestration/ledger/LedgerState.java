package kit.orchestration.ledger;

import java.util.Objects;
import kit.orchestration.Limits;

/**
 * Whether a pod takes claims, as its ledger says: {@code open/<boot id>} or {@code closed}. A claim tests the state that
 * it has read, so none lands once the pod has closed or booted anew.
 */
public sealed interface LedgerState {

    /** The state's text, which {@link #parse} reads. */
    String format();

    /**
     * The state that a text says.
     *
     * @throws LedgerFormatException if it is no such text
     */
    static LedgerState parse(String text) {
        Objects.requireNonNull(text, "text must not be null");
        if (text.equals(Closed.TEXT)) {
            return new Closed();
        }
        if (!text.startsWith(Open.PREFIX)) {
            throw new LedgerFormatException("state must be open/<boot id> or closed, was " + Limits.quote(text));
        }
        try {
            return new Open(text.substring(Open.PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw new LedgerFormatException("state: " + e.getMessage());
        }
    }

    /**
     * The pod takes claims.
     *
     * @param bootId names this run of the pod's process, and no other: 1 to 64 letters, digits, '-', '_' or '.'
     */
    record Open(String bootId) implements LedgerState {
        private static final String PREFIX = "open/";

        /** Checks the boot id. */
        public Open {
            Limits.checkId("bootId", bootId);
        }

        @Override
        public String format() {
            return PREFIX + bootId;
        }
    }

    /** The pod takes none: it drains, boots or is gone. */
    record Closed() implements LedgerState {
        private static final String TEXT = "closed";

        @Override
        public String format() {
            return TEXT;
        }
    }
}
