package kit.orchestration.examples.arena.view;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import kit.orchestration.examples.arena.record.Event.Allocated;
import kit.orchestration.examples.arena.record.Event.Asked;
import kit.orchestration.examples.arena.record.Event.BadToken;
import kit.orchestration.examples.arena.record.Event.Claimed;
import kit.orchestration.examples.arena.record.Event.Failed;
import kit.orchestration.examples.arena.record.Event.Freed;
import kit.orchestration.examples.arena.record.Event.PodDraining;
import kit.orchestration.examples.arena.record.Event.PodGone;
import kit.orchestration.examples.arena.record.Event.PodReady;
import kit.orchestration.examples.arena.record.Event.Refused;
import kit.orchestration.examples.arena.record.Event.SetAside;
import kit.orchestration.examples.arena.record.Event.Started;
import kit.orchestration.examples.arena.record.Journal.Entry;

/** How a run stands, for people to look at. It decides nothing: the tally does. Not safe for several threads. */
public final class Board {

    private static final int REMEMBERED = 3;

    final int matches;
    final Map<String, PodRow> pods = new LinkedHashMap<>();
    /** Bad tokens that were refused, by kind. */
    final Map<String, Integer> refusedByKind = new TreeMap<>();
    /** The latest refusals, as the pods tell them. */
    final Deque<String> refusals = new ArrayDeque<>();
    /** What happened to pods, and what failed. */
    final List<String> news = new ArrayList<>();

    /** Waiting matches: when they asked. */
    private final Map<String, Entry> asked = new HashMap<>();
    /** How long matches have waited, by priority, the most urgent first. */
    private final Map<Integer, List<Duration>> waits = new TreeMap<>(Comparator.reverseOrder());

    Duration elapsed = Duration.ZERO;
    int allocated;
    int started;
    int ended;
    int presented;
    int refused;
    /** Claims that are not for matches, by what they are for. */
    final Map<String, Integer> setAside = new HashMap<>();

    /** A board for a run of as many matches. */
    public Board(int matches) {
        this.matches = matches;
    }

    void read(List<Entry> fresh, Duration now) {
        elapsed = now;
        fresh.forEach(this::read);
    }

    int waiting() {
        return asked.size();
    }

    int count(PodRow.Slot kind) {
        return pods.values().stream().mapToInt(pod -> pod.count(kind)).sum();
    }

    /** How long matches have waited for room, by priority: the median. */
    String medianWaits() {
        return waits.entrySet().stream()
                .map(wait ->
                        "%s ms at priority %s".formatted(median(wait.getValue()).toMillis(), wait.getKey()))
                .collect(Collectors.joining(", "))
                .replaceAll("(, \\d+ ms at) priority", "$1");
    }

    private void read(Entry entry) {
        if (entry.event() instanceof PodReady seen) {
            // A new pod takes the place of one that has gone.
            pods.values().removeIf(pod -> pod.state.equals("gone"));
            pods.put(seen.pod(), new PodRow(seen.pod(), seen.region(), seen.slots()));
            tell(entry, "%s is ready".formatted(seen.pod()));
        } else if (entry.event() instanceof PodDraining seen) {
            pod(seen.pod()).state = "draining";
            PodRow pod = pod(seen.pod());
            int busy = pod.slots.length - pod.count(PodRow.Slot.FREE);
            tell(entry, "%s drains, %s sessions go on".formatted(seen.pod(), busy));
        } else if (entry.event() instanceof PodGone seen) {
            pod(seen.pod()).state = "gone";
            tell(entry, "%s is gone".formatted(seen.pod()));
        } else if (entry.event() instanceof Claimed seen) {
            // A player may have been let in before the pod tells of the claim.
            PodRow pod = pod(seen.pod());
            pod.set(seen.slot(), pod.is(seen.slot(), PodRow.Slot.FREE) ? PodRow.Slot.CLAIMED : PodRow.Slot.PLAYING);
        } else if (entry.event() instanceof Started seen) {
            pod(seen.pod()).set(seen.slot(), PodRow.Slot.PLAYING);
            started++;
        } else if (entry.event() instanceof Freed seen) {
            pod(seen.pod()).set(seen.slot(), PodRow.Slot.FREE);
            pod(seen.pod()).played += seen.started() ? 1 : 0;
            ended += seen.started() ? 1 : 0;
        } else if (entry.event() instanceof Refused seen) {
            pod(seen.pod()).refused++;
            refusals.addLast("%-5s %s".formatted(seen.pod(), seen.reason()));
            if (refusals.size() > REMEMBERED) {
                refusals.removeFirst();
            }
        } else if (entry.event() instanceof Asked seen) {
            asked.put(seen.match(), entry);
        } else if (entry.event() instanceof Allocated seen) {
            allocated++;
            stopWaiting(seen.match(), entry.at());
        } else if (entry.event() instanceof SetAside seen) {
            setAside.merge(seen.why(), 1, Integer::sum);
        } else if (entry.event() instanceof BadToken seen) {
            presented++;
            if (seen.refused()) {
                refused++;
                refusedByKind.merge(seen.kind(), 1, Integer::sum);
            } else {
                tell(entry, "a bad token was let in (%s)".formatted(seen.kind()));
            }
        } else if (entry.event() instanceof Failed seen) {
            asked.remove(seen.match());
            tell(entry, "%s: %s".formatted(seen.match(), seen.why()));
        }
    }

    private static Duration median(List<Duration> durations) {
        return durations.stream()
                .sorted()
                .skip(durations.size() / 2)
                .findFirst()
                .orElse(Duration.ZERO);
    }

    private void stopWaiting(String match, Duration now) {
        Entry since = asked.remove(match);
        if (since != null && since.event() instanceof Asked ask) {
            waits.computeIfAbsent(ask.priority(), priority -> new ArrayList<>()).add(now.minus(since.at()));
        }
    }

    /**
     * Its row; one that is not shown if the pod is no longer on the board: it may tell of its last sessions when it is
     * gone.
     */
    private PodRow pod(String name) {
        return pods.getOrDefault(name, new PodRow(name, "?", 0));
    }

    private void tell(Entry entry, String text) {
        news.add(String.format(Locale.ROOT, "%5.1f s  %s", entry.at().toMillis() / 1000.0, text));
    }
}
