package kit.orchestration.engine.matching;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The labels that a call asks of a pod, and the pods that would not take it. A key for all that is kept of equal calls,
 * so it knows its hash: that of a map is the dearest part of a pick.
 */
final class Demand {

    private final Map<String, String> selectors;
    private final Set<Candidate> but;
    private final Demand all;
    private final int hash;
    /** Keys and values of {@link #selectors} in turn, once they were asked for: quicker than a map to walk through. */
    private String @Nullable [] pairs;

    Demand(Map<String, String> selectors) {
        this(selectors, Set.of(), null);
    }

    private Demand(Map<String, String> selectors, Set<Candidate> but, @Nullable Demand all) {
        this.selectors = selectors;
        this.but = but;
        this.all = all == null ? this : all;
        hash = selectors.hashCode() + but.hashCode();
    }

    /** The same, but not of this pod. */
    Demand but(Candidate pod) {
        Set<Candidate> more = new LinkedHashSet<>(but);
        more.add(pod);
        return new Demand(selectors, more, all);
    }

    /** The same of all pods. */
    Demand all() {
        return all;
    }

    /** The pods that are not asked. */
    Set<Candidate> but() {
        return but;
    }

    Map<String, String> selectors() {
        return selectors;
    }

    boolean matches(Candidate pod) {
        return !but.contains(pod) && matches(pod.labels);
    }

    private boolean matches(Map<String, String> labels) {
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
                && but.equals(that.but)
                && selectors.size() == that.selectors.size()
                && that.matches(selectors);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
