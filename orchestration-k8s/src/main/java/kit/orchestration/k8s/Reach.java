package kit.orchestration.k8s;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether the API server answers. While it does not, sessions end and their pods can't write it: a slot that was seen held
 * may be free for long, and "no capacity" would be a guess. The same holds for a while after, until the pods have caught
 * up. Safe for any thread.
 */
final class Reach {

    /** An answer that took longer is a sign of trouble too: a store that hangs refuses nothing. */
    private static final Duration SLOW = Duration.ofSeconds(2);

    /** How long after the last trouble what is seen may lag behind: pods repeat their writes each second. */
    static final Duration SETTLING = Duration.ofSeconds(3);

    private final LongSupplier nanoTime;
    /** Until when it settles; before the first trouble, the past. */
    private volatile long clearNanos;

    Reach(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.clearNanos = nanoTime.getAsLong();
    }

    /** A time of its clock, for {@link #answered}. */
    long now() {
        return nanoTime.getAsLong();
    }

    /** The server has answered a call that began at a time of {@link #now}. */
    void answered(long start) {
        if (now() - start > SLOW.toNanos()) {
            troubled();
        }
    }

    /** A call has failed: without an answer, or with one that says that the server is not well. */
    void failed(ApiException error) {
        if (error.kind() == ApiException.Kind.NOT_APPLIED || error.kind() == ApiException.Kind.UNKNOWN) {
            troubled();
        }
    }

    private void troubled() {
        clearNanos = now() + SETTLING.toNanos();
    }

    /** Whether it has answered for long enough that what is seen is how it is. */
    boolean isClear() {
        return now() - clearNanos >= 0;
    }
}
