package kit.orchestration.benchmarks.kubernetes;

import java.util.List;
import java.util.Locale;

/**
 * What the benchmark must show.
 *
 * @param what in words
 * @param bound the target
 * @param measured what came out
 * @param isMet whether that will do
 */
record Target(String what, String bound, String measured, boolean isMet) {

    static List<Target> of(Figures figures) {
        Tally raw1 = figures.of(Figures.RAW_1);
        Tally raw16 = figures.of(Figures.RAW_16);
        Tally one = figures.of(Figures.ONE_CALLER);
        Tally many = figures.of(Figures.MOST_CALLERS);
        Tally four = figures.of(Figures.FOUR);
        Tally full = figures.of(Figures.FULL);
        return List.of(
                atMost("1 caller: p50, in raw patches' p50 with 1 writer", 1.3, one.millis(0.5) / raw1.millis(0.5)),
                atLeast("256 callers: rate, in raw patches' with 16 writers", 8, many.ops() / raw16.ops()),
                atMost("256 callers: claim writes a session", 0.05, claims(many)),
                atMost("256 callers: free writes a session", 0.05, frees(many)),
                atMost("256 callers: failures", 0, many.failures()),
                atMost("256 callers: share of calls above 5 × p50", 0.01, many.slowShare()),
                atLeast("4 allocators of 64 callers: rate, in one allocator's", 0.6, four.ops() / many.ops()),
                atMost(
                        "4 allocators: share of writes lost to a test",
                        0.05,
                        four.writes().lostShare()),
                atMost("4 allocators: failures", 0, four.failures()),
                atMost(
                        "full pool, " + FullPool.WAITING + " waiting: p99 of refusals, in claim writes' p99",
                        3,
                        full.millis(0.99) / figures.fullClaimMillis()),
                atMost("full pool: who waits or is refused and was told otherwise", 0, full.failures()),
                atMost("1,000 sessions one after another: pods", 10, figures.packedSerial()),
                atMost("1,000 at once: pods", 16, figures.packedBurst()),
                atMost("1,000 at once from 4 allocators: pods", 20, figures.packedBurstFour()));
    }

    static double claims(Tally tally) {
        return tally.writes().perSession(tally.writes().claimWrites());
    }

    static double frees(Tally tally) {
        return tally.writes().perSession(tally.writes().freeWrites());
    }

    String row() {
        return "| %s | %s | %s | %s |".formatted(what, bound, measured, isMet ? "met" : "**not met**");
    }

    private static Target atMost(String what, double bound, double measured) {
        return new Target(what, "at most " + number(bound), number(measured), measured <= bound);
    }

    private static Target atLeast(String what, double bound, double measured) {
        return new Target(what, "at least " + number(bound), number(measured), measured >= bound);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, Math.abs(value) < 0.1 ? "%.4f" : "%.2f", value);
    }
}
