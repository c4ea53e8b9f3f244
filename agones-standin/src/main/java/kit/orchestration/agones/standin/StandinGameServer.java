package kit.orchestration.agones.standin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A GameServer that is to be: what a Fleet's template and Agones' controller would give it.
 *
 * @param name its name
 * @param fleet its Fleet
 * @param labels its labels; that of the Fleet is added
 * @param list the name of its list
 * @param capacity how many values that may hold
 * @param address where players would dial
 * @param port at which port
 * @param node the node that it runs on, which packed allocation looks at first
 */
public record StandinGameServer(
        String name,
        String fleet,
        Map<String, String> labels,
        String list,
        int capacity,
        String address,
        int port,
        String node) {

    private static final int MAX_CAPACITY = 1_000;
    private static final int DEFAULT_CAPACITY = 8;
    private static final int DEFAULT_PORT = 7_000;

    /** Checks and copies. */
    public StandinGameServer {
        Objects.requireNonNull(name, "name must not be null");
        Objects.requireNonNull(fleet, "fleet must not be null");
        Objects.requireNonNull(list, "list must not be null");
        Objects.requireNonNull(address, "address must not be null");
        Objects.requireNonNull(node, "node must not be null");
        labels = Map.copyOf(labels);
        if (capacity < 0 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("capacity must be 0 to 1000, as Agones has it, was " + capacity);
        }
    }

    /** One with the list {@code sessions} of 8 and a list of notes of 1,000, at 127.0.0.1:7000, on the only node. */
    public static StandinGameServer of(String name, String fleet) {
        return new StandinGameServer(
                name, fleet, Map.of(), "sessions", DEFAULT_CAPACITY, "127.0.0.1", DEFAULT_PORT, "node-0");
    }

    /** With another capacity. */
    public StandinGameServer capacity(int other) {
        return new StandinGameServer(name, fleet, labels, list, other, address, port, node);
    }

    /** With one more label. */
    public StandinGameServer label(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(labels);
        more.put(key, value);
        return new StandinGameServer(name, fleet, more, list, capacity, address, port, node);
    }

    /** With another list. */
    public StandinGameServer list(String other) {
        return new StandinGameServer(name, fleet, labels, other, capacity, address, port, node);
    }

    /** With another address. */
    public StandinGameServer address(String other) {
        return new StandinGameServer(name, fleet, labels, list, capacity, other, port, node);
    }

    /** With another port. */
    public StandinGameServer port(int other) {
        return new StandinGameServer(name, fleet, labels, list, capacity, address, other, node);
    }

    /** On another node. */
    public StandinGameServer node(String other) {
        return new StandinGameServer(name, fleet, labels, list, capacity, address, port, other);
    }
}
