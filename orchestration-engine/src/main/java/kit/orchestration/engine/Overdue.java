package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Waiters whose time is up, but of whom it is not yet certain that there is no room. Those with the same selectors stand in
 * one line: what one of them may yet have, all may, so that is found out once for them all. Guarded by the pool's lock.
 */
final class Overdue {

    static final class Line {
        private final Map<String, String> selectors;
        private final Set<Call> calls = new LinkedHashSet<>();

        /** A slot that is being written, and may turn out to be free. */
        @Nullable
        Reservation<?> awaited;

        private Line(Map<String, String> selectors) {
            this.selectors = selectors;
        }

        Map<String, String> selectors() {
            return selectors;
        }

        /** A copy. */
        List<Call> calls() {
            return new ArrayList<>(calls);
        }
    }

    private final Map<Map<String, String>, Line> lines = new LinkedHashMap<>();

    boolean isEmpty() {
        return lines.isEmpty();
    }

    void add(Call call) {
        lineOf(call).calls.add(call);
    }

    void remove(Call call) {
        Map<String, String> selectors = call.request().selectors();
        Line line = lines.get(selectors);
        if (line != null && line.calls.remove(call) && line.calls.isEmpty()) {
            lines.remove(selectors);
        }
    }

    /** The line that a call stands in, or would. */
    Line lineOf(Call call) {
        return lines.computeIfAbsent(call.request().selectors(), Line::new);
    }

    /** A copy. */
    List<Line> lines() {
        return new ArrayList<>(lines.values());
    }
}
