package kit.orchestration.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What callers and pods saw in a storm. Callers' events stand in the order in which they were written down; those of
 * one process of a pod in the order in which they happened there. Safe for any number of threads.
 */
final class History {

    /** An event. */
    sealed interface Event permits Allocated, Claimed, Started, Freed, Died, Left {}

    /** A caller was given a session. */
    record Allocated(String sessionId, String pod, @Nullable String requestId) implements Event {}

    /** A process of a pod heard of a claim. */
    record Claimed(String pod, int process, int slot, String sessionId) implements Event {}

    /** A call of start succeeded. */
    record Started(String pod, int process, int slot, String sessionId) implements Event {}

    /** A process of a pod heard that a session or claim has ended, so its slot was freed. */
    record Freed(String pod, int process, int slot, String sessionId) implements Event {}

    /** A process was crashed or its pod removed: what it heard from then on was not written down. */
    record Died(String pod, int process) implements Event {}

    /** In the end, when everything was over, the store still held this. */
    record Left(HeldSlot slot) implements Event {}

    private final List<Event> events = Collections.synchronizedList(new ArrayList<>());

    void add(Event event) {
        events.add(event);
    }

    List<Event> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }
}
