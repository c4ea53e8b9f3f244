package kit.orchestration.benchmarks.agones;

import java.time.Duration;
import java.util.List;

/**
 * What is run, and for how long.
 *
 * @param rounds how often all is measured, one after the other, so that a slow minute of the machine falls on all alike
 * @param warmUp how long the JVMs warm up before the first run of a server
 * @param ramp how long each run goes on before it counts
 * @param counted how long it counts
 */
record Plan(int rounds, Duration warmUp, Duration ramp, Duration counted) {

    /** Of the stand-in. */
    static final int SERVERS = 64;

    static final int CAPACITY = 200;

    /** Agones' allocator's {@code --batch-wait-time}: 500 ms is its default. */
    static final List<Integer> BATCH_WAITS_MS = List.of(0, 10, 500);

    static final List<Integer> CALLERS = List.of(64, 256);

    /** Of which one session a call is measured beside, since the way with Leases is compared with it. */
    static final int ONE_CALLER = 1;

    /** Requests with an id, so many a second. */
    static final List<Integer> ID_RATES = List.of(100, 300);

    static final Plan FULL = new Plan(2, Duration.ofSeconds(20), Duration.ofSeconds(4), Duration.ofSeconds(10));
    static final Plan QUICK = new Plan(1, Duration.ofSeconds(10), Duration.ofSeconds(3), Duration.ofSeconds(4));

    /** Requests under way of a run in which each caller has several: a matchmaker makes matches by the tick. */
    private static final int UNDER_WAY = 1_024;

    /**
     * Who asks, and how.
     *
     * @param ours this library, or one call for each session
     * @param many whether each caller asks for several at a time
     */
    record Kind(boolean ours, boolean many) {

        String name(int callers) {
            int width = width(callers);
            return (ours ? "ours" : "single") + (width == 1 ? ", one at a time" : ", %s at a time".formatted(width));
        }

        /** How many sessions each caller asks for at a time. */
        int width(int callers) {
            return many ? UNDER_WAY / callers : 1;
        }
    }

    static final Kind SINGLE = new Kind(false, false);
    static final Kind OURS = new Kind(true, true);

    static final List<Kind> KINDS = List.of(SINGLE, new Kind(false, true), new Kind(true, false), OURS);
}
