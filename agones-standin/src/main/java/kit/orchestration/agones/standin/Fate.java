package kit.orchestration.agones.standin;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/** Which vices are on, and when they strike: by chance, from a seed. Safe for several threads. */
final class Fate {

    private static final int PERCENT = 100;

    private final Set<Vice> vices;
    private final Timing timing;
    /** Thread-safe: {@link Random} is. Which thread draws which number is the machine's choice all the same. */
    private final Random random;

    Fate(Set<Vice> vices, Timing timing, long seed) {
        this.vices = vices.isEmpty() ? EnumSet.noneOf(Vice.class) : EnumSet.copyOf(vices);
        this.timing = timing;
        this.random = new Random(seed);
    }

    boolean has(Vice vice) {
        return vices.contains(vice);
    }

    /** Whether this update is one that gets lost. */
    boolean losesUpdate() {
        return has(Vice.LOST_UPDATES) && strikes(timing.lostPercent());
    }

    /** Whether this call loses a race. */
    boolean contends() {
        return has(Vice.ABORTED) && strikes(timing.contentionPercent());
    }

    /** How long the allocator takes to learn of a write. */
    Duration allocatorDelay() {
        return has(Vice.LOST_SERVERS) ? someDelay() : Duration.ZERO;
    }

    /** How long a sidecar takes to learn of a write. */
    Duration sidecarDelay() {
        if (!has(Vice.LATE_WATCHES)) {
            return Duration.ZERO;
        }
        return strikes(timing.latePercent()) ? timing.late() : someDelay();
    }

    private boolean strikes(int percent) {
        return random.nextInt(PERCENT) < percent;
    }

    private Duration someDelay() {
        long range = timing.viewMax().minus(timing.viewMin()).toNanos();
        return timing.viewMin().plusNanos(range <= 0 ? 0 : random.nextLong(range));
    }
}
