package kit.orchestration.simulation;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The watches that stand, of all processes. */
final class Watches {

    private final Set<Runnable> standing = new LinkedHashSet<>();

    void add(Runnable watch) {
        standing.add(watch);
    }

    void remove(Runnable watch) {
        standing.remove(watch);
    }

    boolean has(Runnable watch) {
        return standing.contains(watch);
    }

    /** Something was written. */
    void news() {
        List.copyOf(standing).forEach(Runnable::run);
    }
}
