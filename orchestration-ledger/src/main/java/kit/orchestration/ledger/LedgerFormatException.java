package kit.orchestration.ledger;

import java.io.Serial;

/**
 * Text from a ledger that is none of ours: someone else wrote it, or a later version did. The message names the field
 * and what it must be. It is the ledger's reader that decides what to do with the slot; the text is never guessed at.
 */
public final class LedgerFormatException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong, with the field's name. */
    public LedgerFormatException(String message) {
        super(message);
    }
}
