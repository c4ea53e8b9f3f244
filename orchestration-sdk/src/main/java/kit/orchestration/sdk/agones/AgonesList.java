package kit.orchestration.sdk.agones;

import java.util.List;

/**
 * A list of the GameServer, at a moment.
 *
 * @param capacity how many values it may have
 * @param values in the order of their arrival
 */
public record AgonesList(long capacity, List<String> values) {

    /** Copies the values. */
    public AgonesList {
        values = List.copyOf(values);
    }
}
