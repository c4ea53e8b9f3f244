package kit.orchestration.agones;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * The GameServer that Agones chose, as it was once the call was written.
 *
 * @param name its name
 * @param address its address; empty if it has none
 * @param ports its ports, in order
 * @param labels its labels
 * @param list the list of sessions; null if it has none of that name
 * @param notes the list of notes; null if it has none
 */
record Answer(
        String name,
        String address,
        List<Port> ports,
        Map<String, String> labels,
        @Nullable Values list,
        @Nullable Values notes) {

    /** A port of the server that players may dial. */
    record Port(String name, int number) {}

    /**
     * A list.
     *
     * @param values what is in it, also what was there before, in the order in which it came
     * @param capacity how many there may be
     */
    record Values(Set<String> values, long capacity) {

        private static @Nullable Values of(AllocationResponse.@Nullable ListStatus list) {
            return list == null
                    ? null
                    : new Values(
                            Collections.unmodifiableSet(new LinkedHashSet<>(list.getValuesList())),
                            list.getCapacity().getValue());
        }
    }

    static Answer of(AllocationResponse response, String listKey) {
        return new Answer(
                response.getGameServerName(),
                response.getAddress(),
                response.getPortsList().stream()
                        .map(port -> new Port(port.getName(), port.getPort()))
                        .toList(),
                response.getMetadata().getLabelsMap(),
                Values.of(response.getListsMap().get(listKey)),
                Values.of(response.getListsMap().get(AgonesNames.NOTES)));
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

    /** Whether it has that note. */
    boolean has(AgonesNote note) {
        return notes != null && notes.values.contains(note.format());
    }

    /** The digests of the ids of requests whose notes it has. */
    List<String> requests() {
        return notes == null
                ? List.of()
                : notes.values.stream()
                        .map(AgonesNote::parse)
                        .flatMap(Optional::stream)
                        .filter(note -> note.kind() == AgonesNote.Kind.REQUEST)
                        .map(AgonesNote::text)
                        .toList();
    }

    /** The claims of a request, by its id: the first that came first, which stays if there are several. */
    List<Held> claimsOf(RequestDigest digest) {
        return list == null
                ? List.of()
                : list.values.stream()
                        .filter(value -> value.contains(digest.id())) // to read is dear
                        .map(LedgerSlot::claim)
                        .filter(Objects::nonNull)
                        .filter(claim ->
                                claim.digest() != null && claim.digest().id().equals(digest.id()))
                        .toList();
    }

    /** Whether the server was told that a claim is over, though it shows it yet. */
    boolean isReleased(Held claim) {
        return has(new AgonesNote(AgonesNote.Kind.RELEASED, claim.sessionId()));
    }

    /** How many sessions there may be; 0 without a list. */
    int slots() {
        return list == null ? 0 : Math.toIntExact(list.capacity);
    }

    boolean matches(Map<String, String> selectors) {
        return labels.entrySet().containsAll(selectors.entrySet());
    }

    /**
     * What is wrong with the lists, and what to do; null if nothing is.
     *
     * @param withNotes whether there has to be one of notes
     */
    @Nullable
    String complaint(String listKey, boolean withNotes) {
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
        if (withNotes && (notes == null || notes.capacity < AgonesNames.MAX_CAPACITY)) {
            return ("GameServer %s has %s list \"%s\" with a capacity of %s, where its SDK is told what it needs: put"
                            + " spec.lists.%3$s with capacity %4$s into the Fleet's template")
                    .formatted(name, notes == null ? "no" : "no large", AgonesNames.NOTES, AgonesNames.MAX_CAPACITY);
        }
        return null;
    }
}
