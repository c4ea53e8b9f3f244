package kit.orchestration.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Aims a step of a race at another's moment: where it came first it comes later in the next round, and earlier where it
 * came second. So the rounds gather around that moment, on a backend that takes microseconds as on one that takes a
 * tenth of a second; and a race in which one of the two never came first has tested nothing, and fails.
 *
 * <p>The threads of a race may pause by it at once; whoever ends a round says who came first.
 */
final class Aim {

    /** Rounds beyond those that were asked for, as long as one of the two has never come first. */
    private static final int MORE = 200;

    private static final long SHORTEST = 500;
    /** By how much a thread may be woken too late. */
    private static final long INEXACT = 100_000;

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);
    /** Rounds in a row in which waiting that long changed nothing: what was raced with has stopped. */
    private static final int STUCK = 30;

    private int rounds;
    private int first;
    private int second;
    private boolean wasFirst;
    private int atTheLongest;
    private long change = SHORTEST;
    /** How long the step waits; if negative, how long the other does, if it can. */
    private long nanos;

    private boolean otherCanWait;

    /** Whether there is one more round, of so many, or of more until each of the two has come first. */
    boolean again(int atLeast) {
        boolean bothSeen = first > 0 && second > 0;
        boolean stuck = atTheLongest >= STUCK;
        if (!stuck && rounds < (bothSeen ? atLeast : atLeast + MORE)) {
            rounds++;
            return true;
        }
        assertThat(bothSeen && !stuck)
                .as("both ends of the race, to the last: the step came first in %s rounds, second in %s", first, second)
                .isTrue();
        return false;
    }

    /** Before the step. */
    void pause() {
        pause(nanos);
    }

    /** Before what it races with, where that can wait. */
    void pauseOther() {
        otherCanWait = true;
        pause(-nanos);
    }

    /** How long the step is to wait, for who has a timer for it. */
    long nanos() {
        return Math.max(1, nanos);
    }

    /** Whether the step came first in this round. */
    void wasFirst(boolean now) {
        if (now) {
            first++;
        } else {
            second++;
        }
        change = now == wasFirst ? Math.min(change + change / 2, LONGEST / 2) : SHORTEST;
        wasFirst = now;
        nanos = Math.max(otherCanWait ? -LONGEST : 0, Math.min(now ? nanos + change : nanos - change, LONGEST));
        atTheLongest = Math.abs(nanos) == LONGEST ? atTheLongest + 1 : 0;
    }

    /** To the microsecond; but what it races with may need the core meanwhile. */
    private static void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            if (left > INEXACT) {
                LockSupport.parkNanos(left - INEXACT);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
