package kit.orchestration.ledger.lease;

import java.time.Duration;

/** Until when a server is left alone: of all pauses the one that ends last counts. For one thread. */
public final class NotBefore {

    private final Loop loop;
    private long end;

    /** It may be asked now; by the loop's clock. */
    public NotBefore(Loop loop) {
        this.loop = loop;
        this.end = loop.nanoTime();
    }

    /** A pause from now on. */
    public void pause(Duration length) {
        long other = loop.nanoTime() + length.toNanos();
        end = other - end > 0 ? other : end;
    }

    /** Until when, by {@link Loop#nanoTime}. */
    public long end() {
        return end;
    }
}
