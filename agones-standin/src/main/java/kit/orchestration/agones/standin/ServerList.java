package kit.orchestration.agones.standin;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A list of a GameServer.
 *
 * @param capacity how many values it may have
 * @param values in the order of their arrival
 */
record ServerList(long capacity, List<String> values) {

    /** No list holds more. */
    private static final long MAX_CAPACITY = 1_000;

    ServerList {
        values = List.copyOf(values);
    }

    long available() {
        return capacity - values.size();
    }

    /** Sets the capacity, if it is one that Agones takes; values beyond it are cut. */
    ServerList capacity(long other) {
        if (other < 0 || other > MAX_CAPACITY) {
            return this;
        }
        return new ServerList(other, values.size() <= other ? values : values.subList(0, (int) other));
    }

    /** Adds values in their order, without those that are there, until the list is full. */
    ServerList add(List<String> more) {
        Set<String> all = new LinkedHashSet<>(values);
        for (String value : more) {
            if (all.size() < capacity) {
                all.add(value);
            }
        }
        return new ServerList(capacity, List.copyOf(all));
    }

    ServerList remove(List<String> less) {
        return new ServerList(
                capacity, values.stream().filter(value -> !less.contains(value)).toList());
    }
}
