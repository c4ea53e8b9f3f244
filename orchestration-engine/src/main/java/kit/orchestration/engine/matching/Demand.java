package kit.orchestration.engine.matching;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which pods a call can use: those with its selectors' labels, less those that were found unfit for it. A key for all that
 * is kept of equal calls, so it knows its hash: that of a map is the dearest part of a pick.
 */
final class Demand {

    private final Map<String, String> selectors;
    private final Set<Candidate> unfit;
    private final int hash;
    /** The same without {@link #unfit}. */
    private final Demand plain;
    /** Keys and values of {@link #selectors} in turn, once they were asked for: quicker than a map to walk through. */
    private String @Nullable [] pairs;

    Demand(Map<String, String> selectors) {
        this.selectors = selectors;
        unfit = Set.of();
        hash = selectors.hashCode();
        plain = this;
    }

    private Demand(Demand plain, Set<Candidate> unfit) {
        this.selectors = plain.selectors;
        this.unfit = unfit;
        this.plain = plain;
        hash = plain.hash + 31 * unfit.hashCode();
    }

    Demand without(Candidate pod) {
        Set<Candidate> more = new HashSet<>(unfit);
        more.add(pod);
        return new Demand(plain, more);
    }

    Map<String, String> selectors() {
        return selectors;
    }

    Set<Candidate> unfit() {
        return unfit;
    }

    Demand plain() {
        return plain;
    }

    boolean fits(Candidate pod) {
        return matches(pod.labels) && !unfit.contains(pod);
    }

    boolean matches(Map<String, String> labels) {
        String[] pairs = pairs();
        for (int i = 0; i < pairs.length; i += 2) {
            if (!pairs[i + 1].equals(labels.get(pairs[i]))) {
                return false;
            }
        }
        return true;
    }

    private String[] pairs() {
        if (pairs == null) {
            pairs = selectors.entrySet().stream()
                    .flatMap(pair -> Stream.of(pair.getKey(), pair.getValue()))
                    .toArray(String[]::new);
        }
        return pairs;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Demand that
                && hash == that.hash
                && selectors.size() == that.selectors.size()
                && that.matches(selectors)
                && unfit.equals(that.unfit);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
