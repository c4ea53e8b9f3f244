package kit.orchestration.benchmarks;

import java.util.Collection;

/** Of what was measured. */
public final class Quantiles {

    private Quantiles() {}

    /** Between the two nearest ranks, in proportion; NaN of nothing. */
    public static double of(Collection<? extends Number> values, double share) {
        double[] sorted =
                values.stream().mapToDouble(Number::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double rank = share * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
