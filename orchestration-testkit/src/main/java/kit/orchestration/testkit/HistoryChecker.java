package kit.orchestration.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kit.orchestration.testkit.History.Allocated;
import kit.orchestration.testkit.History.Claimed;
import kit.orchestration.testkit.History.Died;
import kit.orchestration.testkit.History.Event;
import kit.orchestration.testkit.History.Freed;
import kit.orchestration.testkit.History.Left;
import kit.orchestration.testkit.History.Started;

/**
 * Finds in a {@link History} what the contract forbids: no id twice, no slot held twice, no session started twice, none
 * lost.
 */
final class HistoryChecker {

    private record Place(String pod, int process, int slot) {}

    private final List<String> violations = new ArrayList<>();
    private final Map<String, Allocated> allocated = new HashMap<>();
    /** Where each id was claimed; it never changes. */
    private final Map<String, Place> claimed = new HashMap<>();
    /** Who holds what, as the processes saw it. */
    private final Map<Place, String> holders = new HashMap<>();

    private final Map<String, Place> started = new HashMap<>();

    private final Set<Died> dead = new HashSet<>();

    private HistoryChecker() {}

    /** What is wrong; empty if nothing is. */
    static List<String> violations(List<Event> history) {
        HistoryChecker checker = new HistoryChecker();
        history.forEach(checker::see);
        checker.compare();
        return checker.violations;
    }

    private void see(Event event) {
        if (event instanceof Allocated now) {
            allocated(now);
        } else if (event instanceof Claimed now) {
            claimed(new Place(now.pod(), now.process(), now.slot()), now.sessionId());
        } else if (event instanceof Started now) {
            if (started.put(now.sessionId(), new Place(now.pod(), now.process(), now.slot())) != null) {
                violations.add("session %s was started twice".formatted(now.sessionId()));
            }
        } else if (event instanceof Freed now) {
            freed(new Place(now.pod(), now.process(), now.slot()), now.sessionId());
        } else if (event instanceof Died now) {
            dead.add(now);
        } else if (event instanceof Left now) {
            violations.add("%s is lost: held in the end".formatted(now.slot()));
        }
    }

    private void allocated(Allocated now) {
        Allocated earlier = allocated.putIfAbsent(now.sessionId(), now);
        if (earlier != null && (now.requestId() == null || !now.requestId().equals(earlier.requestId()))) {
            violations.add("id %s was given to two requests: %s and %s".formatted(now.sessionId(), earlier, now));
        }
    }

    private void claimed(Place place, String sessionId) {
        Place earlier = claimed.putIfAbsent(sessionId, place);
        if (earlier != null) {
            violations.add("id %s was claimed twice: in %s and in %s".formatted(sessionId, earlier, place));
        }
        String holder = holders.put(place, sessionId);
        if (holder != null) {
            violations.add("%s was held twice: by %s and by %s".formatted(place, holder, sessionId));
        }
    }

    private void freed(Place place, String sessionId) {
        if (!sessionId.equals(holders.get(place))) {
            violations.add("%s was freed by %s, but held by %s".formatted(place, sessionId, holders.get(place)));
        } else {
            holders.remove(place);
        }
    }

    /** A start and its claim may be written down in either order, so they are compared at the end. */
    private void compare() {
        started.forEach((sessionId, place) -> {
            Place home = claimed.get(sessionId);
            boolean unheard = home == null && dead.contains(new Died(place.pod(), place.process()));
            if (!place.equals(home) && !unheard) {
                violations.add("session %s was started in %s, but claimed in %s".formatted(sessionId, place, home));
            }
        });
        allocated.forEach((sessionId, allocation) -> {
            Place place = claimed.get(sessionId);
            if (place != null && !place.pod().equals(allocation.pod())) {
                violations.add(
                        "id %s was given with pod %s, but claimed in %s".formatted(sessionId, allocation.pod(), place));
            }
        });
    }
}
