package kit.orchestration.agones.standin;

import java.util.List;
import java.util.Map;

/**
 * A GameServer as the store has it.
 *
 * @param state its state, as Agones spells it
 * @param labels its labels
 * @param annotations its annotations
 * @param values of its list, in order
 * @param capacity of its list
 * @param deleted whether it was deleted
 */
public record Seen(
        String state,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<String> values,
        long capacity,
        boolean deleted) {}
