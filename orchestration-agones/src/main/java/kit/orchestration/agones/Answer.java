package kit.orchestration.agones;

import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.ledger.AgonesNames;
import org.jspecify.annotations.Nullable;

/**
 * The GameServer that Agones chose, as it was once the call was written.
 *
 * @param name its name
 * @param address its address; empty if it has none
 * @param ports its ports, in order
 * @param labels its labels
 * @param list the list of sessions; null if it has none of that name
 */
record Answer(
        String name,
        String address,
        List<Port> ports,
        Map<String, String> labels,
        @Nullable Sessions list) {

    /** A port of the server that players may dial. */
    record Port(String name, int number) {}

    /**
     * The list of sessions.
     *
     * @param values what is in it, also what was there before
     * @param capacity how many there may be
     */
    record Sessions(Set<String> values, long capacity) {}

    static Answer of(AllocationResponse response, String listKey) {
        AllocationResponse.ListStatus list = response.getListsMap().get(listKey);
        return new Answer(
                response.getGameServerName(),
                response.getAddress(),
                response.getPortsList().stream()
                        .map(port -> new Port(port.getName(), port.getPort()))
                        .toList(),
                response.getMetadata().getLabelsMap(),
                list == null
                        ? null
                        : new Sessions(
                                Set.copyOf(list.getValuesList()),
                                list.getCapacity().getValue()));
    }

    /** The start of the pod's process, null if no SDK runs in it. */
    @Nullable
    String boot() {
        return labels.get(AgonesNames.SDK_PREFIX + AgonesNames.BOOT);
    }

    /** Whether the pod takes new sessions, as its SDK says. */
    boolean isOpen() {
        return AgonesNames.OPEN_TRUE.equals(labels.get(AgonesNames.SDK_PREFIX + AgonesNames.OPEN));
    }

    /** Whether it has landed. */
    boolean holds(String value) {
        return list != null && list.values.contains(value);
    }

    /** How many sessions there may be; 0 without a list. */
    int slots() {
        return list == null ? 0 : Math.toIntExact(list.capacity);
    }

    boolean matches(Map<String, String> selectors) {
        return labels.entrySet().containsAll(selectors.entrySet());
    }

    /** What is wrong with the list, and what to do; null if nothing is. */
    @Nullable
    String complaint(String listKey) {
        if (list == null) {
            return ("GameServer %s has no list \"%s\": put spec.lists.%s with a capacity into the Fleet's template,"
                            + " or name its list by listKey(...)")
                    .formatted(name, listKey, listKey);
        }
        if (list.capacity < 1 || list.capacity > AgonesNames.MAX_CAPACITY) {
            return ("list \"%s\" of GameServer %s must have a capacity of 1 to %s, has %s: mend it in the Fleet's"
                            + " template")
                    .formatted(listKey, name, AgonesNames.MAX_CAPACITY, list.capacity);
        }
        return null;
    }
}
