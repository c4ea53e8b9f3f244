package kit.orchestration.sdk.kubernetes;

import kit.orchestration.ledger.LedgerState;
import org.jspecify.annotations.Nullable;

/**
 * What the Lease's state is to say: open if the pod says so, and nobody else wants it to drain. A write of a state that
 * was not answered may come yet, or never; it tests the text that it was to replace. So what is wanted next has a text
 * that none had, by a number at its end: once that is written, such a write fails. Confined to one thread.
 */
final class WantedState {

    private final String bootId;
    private LedgerState state;
    /** Whether the pod has said that it takes claims, since it has not said otherwise. */
    private boolean saidOpen;
    /** Whether somebody else wants it to take none. */
    private boolean held;

    private int number;
    private boolean wasOpen;
    /** Whether a write that says what is wanted now may come yet, or never. */
    private boolean doubtful;

    /** Closed. */
    WantedState(String bootId) {
        this.bootId = bootId;
        this.state = LedgerState.closed(bootId, false);
    }

    /** Open or closed, unless it drains. */
    void open(boolean open) {
        saidOpen = open;
        settle();
    }

    /** Closed while this is so, whatever the pod says; then as the pod says. */
    void hold(boolean closed) {
        held = closed;
        settle();
    }

    /** Closed, for good. */
    void drain() {
        want(LedgerState.closed(bootId, true));
    }

    boolean isOpen() {
        return state.isOpen();
    }

    /** Whether that state opens the pod for this process. */
    boolean isOpenBy(@Nullable LedgerState shown) {
        return shown != null && shown.isOpen() && bootId.equals(shown.bootId());
    }

    /** If it ever was open it gets a text that it never had: claims that were made from the one before fail. */
    void renew() {
        if (wasOpen) {
            number++;
            doubtful = false;
        }
    }

    /** The text that the Lease is to have. */
    String text() {
        return text(state);
    }

    /** The text of a Lease that is made anew: one that comes late opens nothing. */
    String closedText() {
        return text(LedgerState.closed(bootId, state.draining()));
    }

    /** It is not known whether this text will be written. One that is wanted still may be written again. */
    void inDoubt(String text) {
        doubtful = text.equals(text());
        number += doubtful ? 0 : 1;
    }

    private void settle() {
        if (!state.draining()) {
            boolean open = saidOpen && !held;
            wasOpen |= open;
            want(open ? LedgerState.open(bootId) : LedgerState.closed(bootId, false));
        }
    }

    private void want(LedgerState next) {
        if (!next.equals(state)) {
            state = next;
            number += doubtful ? 1 : 0;
            doubtful = false;
        }
    }

    private String text(LedgerState what) {
        return what.format() + (number == 0 ? "" : " " + number);
    }
}
