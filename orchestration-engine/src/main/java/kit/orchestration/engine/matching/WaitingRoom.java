package kit.orchestration.engine.matching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait, by priority and arrival, and bounded: when there are too many, the last in that order goes. Those
 * that seek room stand in a line with others of the same demand. A line is filed under one of its labels, that which
 * the fewest lines are filed under: a label that all waiters share tells nothing, and a pod with room looks at few
 * lines in vain.
 */
final class WaitingRoom {

    /** Where lines without selectors are filed. */
    private static final Map.Entry<String, String> ANY_POD = Map.entry("", "");

    private static final class Line {
        private final Demand demand;
        private final Map.Entry<String, String> label;
        private final TreeSet<Seeker> seekers = new TreeSet<>(Seeker.ORDER);

        private Line(Demand demand, Map.Entry<String, String> label) {
            this.demand = demand;
            this.label = label;
        }
    }

    private final int limit;
    /** Of those that wait, the ones that asked to. */
    private final TreeSet<Seeker> patient = new TreeSet<>(Seeker.ORDER);

    private final Map<Demand, Line> lines = new HashMap<>();
    private final Map<Map.Entry<String, String>, Set<Line>> filed = new HashMap<>();
    private int size;

    WaitingRoom(int limit) {
        this.limit = limit;
    }

    int limit() {
        return limit;
    }

    /** How many wait. */
    int size() {
        return size;
    }

    /** Takes one in, though there be one too many then. */
    void enter(Seeker seeker) {
        size++;
        if (seeker.isPatient()) {
            patient.add(seeker);
        }
    }

    void leave(Seeker seeker) {
        size--;
        if (seeker.isPatient()) {
            patient.remove(seeker);
        }
    }

    /**
     * The one that has to leave, null if there is a seat for all. Those who asked not to wait are here for the moment
     * that it takes to know whether there is room: they neither take a seat nor lose one.
     */
    @Nullable
    Seeker oneTooMany() {
        return patient.size() <= limit ? null : patient.last();
    }

    /** One who is here seeks room. */
    void stand(Seeker seeker) {
        Line line = lines.get(seeker.demand);
        if (line == null) {
            line = open(seeker.demand);
        }
        line.seekers.add(seeker);
    }

    /** It does not any more. */
    void stepAside(Seeker seeker) {
        Line line = lines.get(seeker.demand);
        if (line != null && line.seekers.remove(seeker) && line.seekers.isEmpty()) {
            lines.remove(line.demand);
            Set<Line> neighbours = filed.get(line.label);
            if (neighbours != null && neighbours.remove(line) && neighbours.isEmpty()) {
                filed.remove(line.label);
            }
        }
    }

    /** The first of those who stand that can use a pod, null if there is none. */
    @Nullable
    Seeker first(Candidate pod) {
        if (lines.isEmpty()) {
            return null;
        }
        Seeker first = firstOf(filed.get(ANY_POD), pod, null);
        for (Map.Entry<String, String> label : pod.labels.entrySet()) {
            first = firstOf(filed.get(label), pod, first);
        }
        return first;
    }

    private static @Nullable Seeker firstOf(@Nullable Set<Line> candidates, Candidate pod, @Nullable Seeker best) {
        if (candidates == null) {
            return best;
        }
        Seeker first = best;
        for (Line line : candidates) {
            if (line.demand.matches(pod)) {
                Seeker seeker = line.seekers.first();
                first = first == null || Seeker.ORDER.compare(seeker, first) < 0 ? seeker : first;
            }
        }
        return first;
    }

    /** Those who stand, in order; a copy. */
    List<Seeker> standing() {
        List<Seeker> all = new ArrayList<>();
        lines.values().forEach(line -> all.addAll(line.seekers));
        all.sort(Seeker.ORDER);
        return all;
    }

    private Line open(Demand demand) {
        Map.Entry<String, String> rarest = ANY_POD;
        int fewest = Integer.MAX_VALUE;
        for (Map.Entry<String, String> label : demand.selectors().entrySet()) {
            int lines = filed.getOrDefault(label, Set.of()).size();
            if (lines < fewest) {
                fewest = lines;
                rarest = label;
            }
        }
        Line line = new Line(demand, rarest);
        lines.put(demand, line);
        filed.computeIfAbsent(rarest, l -> new LinkedHashSet<>(2)).add(line);
        return line;
    }
}
