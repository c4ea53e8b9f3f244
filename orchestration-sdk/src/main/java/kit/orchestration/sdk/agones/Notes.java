package kit.orchestration.sdk.agones;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.sdk.agones.ListWrites.Write;
import org.jspecify.annotations.Nullable;

/**
 * What allocators have left for the pod beside its claims, as last seen: the keys of their tokens, the requests whose
 * sessions are here, and the claims that are released. Confined to one thread; no I/O.
 */
final class Notes {

    /** Keys that stay in the list, the newest: an allocator whose key was taken out adds it with its next claim. */
    static final int KEYS = 100;

    private final ListedClaims claims;
    private final KeyRing keys;
    /** By the values of the list, in its order. */
    private final Map<String, Note> notes = new LinkedHashMap<>();

    /**
     * A value of the list.
     *
     * @param note what it says; null if that is nothing to this process
     * @param over whether it was left for an earlier process, and so to be taken out
     */
    private record Note(@Nullable AgonesNote note, boolean over) {}

    Notes(ListedClaims claims, KeyRing keys) {
        this.claims = claims;
        this.keys = keys;
    }

    /**
     * Takes values over that were left for an earlier process: all are to be taken out. Keys are kept: their allocators
     * may have a claim for this process next, and it says nothing again that is there.
     */
    void leave(List<String> seen) {
        take(seen, true);
    }

    /** Takes the values over, and the keys that are new. Returns the keys of claims that are released since. */
    List<String> update(List<String> seen) {
        return take(seen, false);
    }

    private List<String> take(List<String> seen, boolean over) {
        List<String> released = new ArrayList<>();
        notes.keySet().retainAll(new HashSet<>(seen));
        for (String value : seen) {
            if (!notes.containsKey(value)) {
                AgonesNote note = AgonesNote.parse(value).orElse(null);
                notes.put(value, new Note(note, over));
                if (note != null && note.kind() == AgonesNote.Kind.KEY) {
                    keys.add(note.text());
                } else if (note != null && note.kind() == AgonesNote.Kind.RELEASED) {
                    released.add(note.text());
                }
            }
        }
        return released;
    }

    /**
     * What is of no more use, and what lacks: of requests whose sessions stand, also what is seen still and was asked
     * to be taken out, for an earlier session.
     *
     * @param isGoing whether a value was asked to be taken out, which may be yet to be written
     */
    List<Write> due(Predicate<String> isGoing) {
        List<Write> due = new ArrayList<>();
        Set<String> requests = claims.requests();
        int tooMany = (int) notes.values().stream().filter(Notes::isKey).count() - KEYS;
        for (Map.Entry<String, Note> each : notes.entrySet()) {
            if (isOver(each.getValue(), requests) || (isKey(each.getValue()) && tooMany-- > 0)) {
                due.add(new Write(AgonesNames.NOTES, each.getKey(), false));
            }
        }
        for (String request : requests) {
            String value = new AgonesNote(AgonesNote.Kind.REQUEST, request).format();
            if (!notes.containsKey(value) || isGoing.test(value)) {
                due.add(new Write(AgonesNames.NOTES, value, true));
            }
        }
        return due;
    }

    private boolean isOver(Note value, Set<String> requests) {
        AgonesNote note = value.note;
        if (note == null) {
            return value.over;
        }
        return switch (note.kind()) {
            case KEY -> value.over;
            case REQUEST -> !requests.contains(note.text()); // whoever it was left for
            case RELEASED -> value.over || claims.sessionOf(note.text()) == null;
        };
    }

    private static boolean isKey(Note value) {
        return value.note != null && value.note.kind() == AgonesNote.Kind.KEY;
    }
}
