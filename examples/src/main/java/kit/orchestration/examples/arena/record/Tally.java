package kit.orchestration.examples.arena.record;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.examples.arena.record.Event.Allocated;
import kit.orchestration.examples.arena.record.Event.BadToken;
import kit.orchestration.examples.arena.record.Event.Claimed;
import kit.orchestration.examples.arena.record.Event.Failed;
import kit.orchestration.examples.arena.record.Event.Finished;
import kit.orchestration.examples.arena.record.Event.Freed;
import kit.orchestration.examples.arena.record.Event.Joined;
import kit.orchestration.examples.arena.record.Event.SetAside;
import kit.orchestration.examples.arena.record.Event.Started;

/**
 * Counts what was seen, and finds what must not be. Nothing counts on one party's word alone: a match has started if
 * its pod says so and both its players do, and it has ended if, besides, they name the same winner.
 *
 * <p>Who holds a slot is told by its pod, from the claim to the moment it is free; a pod tells that in the order in
 * which it happened, so two sessions in one slot show as a claim before the earlier one's end.
 */
public final class Tally {

    private static final int PLAYERS = 2;

    private final List<Allocated> allocated = new ArrayList<>();
    private final Set<String> handedOut = new HashSet<>();
    private final Map<String, Set<String>> joined = new HashMap<>();
    private final Map<String, List<String>> winners = new HashMap<>();
    private final Set<String> startedByPod = new HashSet<>();
    private final Set<String> freedByPod = new HashSet<>();
    /** Who holds each slot, as its pod has told so far. */
    private final Map<String, String> holders = new HashMap<>();

    private final Map<String, String> failures = new LinkedHashMap<>();
    private final Set<String> complaints = new LinkedHashSet<>();
    private int presented;
    private int refused;
    private int doubled;

    private Tally() {}

    /**
     * The verdict on a run.
     *
     * @param matches how many matches were to be played
     * @param events what was seen, in order
     * @param slotsNotFree slots that could not be claimed once more after the last match
     */
    public static Verdict of(int matches, List<Event> events, int slotsNotFree) {
        Tally tally = new Tally();
        events.forEach(tally::read);
        return tally.verdict(matches, slotsNotFree);
    }

    private void read(Event event) {
        if (event instanceof Allocated seen) {
            allocated.add(seen);
            handOut(seen.session());
        } else if (event instanceof SetAside seen) {
            handOut(seen.session());
        } else if (event instanceof Claimed seen) {
            claim(seen);
        } else if (event instanceof Started seen) {
            if (!startedByPod.add(seen.session())) {
                doubled("session %s was started twice".formatted(seen.session()));
            }
        } else if (event instanceof Freed seen) {
            holders.remove(seen.pod() + "/" + seen.slot(), seen.session());
            freedByPod.add(seen.session());
        } else if (event instanceof Joined seen) {
            joined.computeIfAbsent(key(seen.match(), seen.session()), key -> new HashSet<>())
                    .add(seen.player());
        } else if (event instanceof Finished seen) {
            winners.computeIfAbsent(key(seen.match(), seen.session()), key -> new ArrayList<>())
                    .add(seen.winner());
        } else if (event instanceof BadToken seen) {
            presented++;
            refused += seen.refused() ? 1 : 0;
        } else if (event instanceof Failed seen) {
            failures.putIfAbsent(seen.match(), seen.why());
        }
    }

    private void handOut(String session) {
        if (!handedOut.add(session)) {
            doubled("session %s was handed out twice".formatted(session));
        }
    }

    private void claim(Claimed seen) {
        String slot = seen.pod() + "/" + seen.slot();
        String holder = holders.put(slot, seen.session());
        if (holder != null) {
            doubled("slot %s was held by %s when %s got it".formatted(slot, holder, seen.session()));
        }
    }

    private void doubled(String complaint) {
        doubled++;
        complaints.add(complaint);
    }

    private Verdict verdict(int matches, int slotsNotFree) {
        Set<String> lost = new LinkedHashSet<>();
        int started = 0;
        int ended = 0;
        for (Allocated match : allocated) {
            if (!startedByPod.contains(match.session())) {
                lost.add(match.session());
            }
            boolean began = hasStarted(match);
            boolean over = began && hasEnded(match);
            started += began ? 1 : 0;
            ended += over ? 1 : 0;
            if (!over && !failures.containsKey(match.match())) {
                complaints.add("%s did not come to its end in session %s: %s"
                        .formatted(match.match(), match.session(), began ? "it began" : "it did not begin"));
            }
        }
        lost.forEach(session -> complaints.add("session %s was allocated and never started".formatted(session)));
        if (slotsNotFree > 0) {
            complaints.add("%s slots were not free at the end".formatted(slotsNotFree));
        }
        if (refused != presented) {
            complaints.add("%s bad tokens were presented, %s refused".formatted(presented, refused));
        }
        failures.forEach((match, why) -> complaints.add(match + ": " + why));
        return new Verdict(
                matches,
                allocated.size(),
                started,
                ended,
                presented,
                refused,
                lost.size() + slotsNotFree,
                doubled,
                List.copyOf(complaints));
    }

    private boolean hasStarted(Allocated match) {
        boolean both = joined.getOrDefault(key(match.match(), match.session()), Set.of())
                        .size()
                == PLAYERS;
        return both && startedByPod.contains(match.session());
    }

    private boolean hasEnded(Allocated match) {
        List<String> named = winners.getOrDefault(key(match.match(), match.session()), List.of());
        boolean agreed = named.size() == PLAYERS && new HashSet<>(named).size() == 1;
        return agreed && freedByPod.contains(match.session());
    }

    private static String key(String match, String session) {
        return match + " in " + session;
    }
}
