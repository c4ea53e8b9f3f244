package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for room, by priority and arrival. Bounded: when it is full, the last in that order goes. Those with the
 * same selectors stand in one line; a line is filed under one of its labels, so that a pod with room looks only at lines
 * that it may serve. Guarded by the pool's lock.
 */
final class WaitingRoom {

    private static final Comparator<Call> ORDER = Comparator.<Call>comparingInt(
                    call -> call.request().priority())
            .reversed()
            .thenComparingLong(Call::arrival);
    /** Where lines without selectors are filed. */
    private static final Map.Entry<String, String> ANY_POD = Map.entry("", "");

    private record Line(Map<String, String> selectors, TreeSet<Call> calls) {}

    private final int limit;
    private final TreeSet<Call> all = new TreeSet<>(ORDER);
    /** How many of them asked to wait. */
    private int patient;

    private final Map<Map<String, String>, Line> lines = new HashMap<>();
    private final Map<Map.Entry<String, String>, List<Line>> filed = new HashMap<>();

    WaitingRoom(int limit) {
        this.limit = limit;
    }

    int size() {
        return all.size();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    boolean contains(Call call) {
        return all.contains(call);
    }

    /** Takes a call in, though there be one too many then. */
    void add(Call call) {
        if (all.add(call)) {
            patient += isPatient(call) ? 1 : 0;
            lines.computeIfAbsent(call.request().selectors(), this::open).calls.add(call);
        }
    }

    /**
     * The one that has to leave, null if there is a seat for all. Those who asked not to wait are here for the moment that
     * it takes to know whether there is room: they neither take a seat nor lose one.
     */
    @Nullable
    Call oneTooMany() {
        if (patient <= limit) {
            return null;
        }
        for (Call call : all.descendingSet()) {
            if (isPatient(call)) {
                return call;
            }
        }
        throw new IllegalStateException("counted %d who wait, and found none".formatted(patient));
    }

    private static boolean isPatient(Call call) {
        return !call.request().maxWait().isZero();
    }

    boolean remove(Call call) {
        if (!all.remove(call)) {
            return false;
        }
        patient -= isPatient(call) ? 1 : 0;
        Line line = lines.get(call.request().selectors());
        if (line != null && line.calls.remove(call) && line.calls.isEmpty()) {
            lines.remove(line.selectors);
            Map.Entry<String, String> label = label(line.selectors);
            List<Line> neighbours = filed.get(label);
            if (neighbours != null && neighbours.remove(line) && neighbours.isEmpty()) {
                filed.remove(label);
            }
        }
        return true;
    }

    /** The first call that a pod with these labels may serve, null if there is none. */
    @Nullable
    Call first(Map<String, String> labels, Predicate<Call> eligible) {
        Call best = firstOf(filed.get(ANY_POD), labels, eligible, null);
        for (Map.Entry<String, String> label : labels.entrySet()) {
            best = firstOf(filed.get(label), labels, eligible, best);
        }
        return best;
    }

    /** All calls, in order; a copy. */
    List<Call> inOrder() {
        return new ArrayList<>(all);
    }

    /** These calls in the order in which they would wait; a copy if there is more than one. */
    static List<Call> inOrder(List<Call> calls) {
        return calls.size() < 2 ? calls : calls.stream().sorted(ORDER).toList();
    }

    private static @Nullable Call firstOf(
            @Nullable List<Line> candidates,
            Map<String, String> labels,
            Predicate<Call> eligible,
            @Nullable Call best) {
        if (candidates == null) {
            return best;
        }
        Call first = best;
        for (Line line : candidates) {
            if (labels.entrySet().containsAll(line.selectors.entrySet())) {
                for (Call call : line.calls) {
                    if (first != null && ORDER.compare(first, call) <= 0) {
                        break;
                    }
                    if (eligible.test(call)) {
                        first = call;
                        break;
                    }
                }
            }
        }
        return first;
    }

    private Line open(Map<String, String> selectors) {
        Line line = new Line(selectors, new TreeSet<>(ORDER));
        filed.computeIfAbsent(label(selectors), l -> new ArrayList<>()).add(line);
        return line;
    }

    private static Map.Entry<String, String> label(Map<String, String> selectors) {
        return selectors.isEmpty()
                ? ANY_POD
                : selectors.entrySet().stream().min(Map.Entry.comparingByKey()).orElse(ANY_POD);
    }
}
