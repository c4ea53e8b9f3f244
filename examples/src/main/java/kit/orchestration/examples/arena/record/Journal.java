package kit.orchestration.examples.arena.record;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that was seen, in the order in which it was told: events are appended, never changed. Safe for any number of
 * threads.
 */
public final class Journal {

    private final long start = System.nanoTime();

    /** Guarded by itself. */
    private final List<Entry> entries = new ArrayList<>();

    /**
     * An event and its time.
     *
     * @param at since the journal was begun
     * @param event what was seen
     */
    public record Entry(Duration at, Event event) {}

    /** Appends what was seen just now. */
    public void add(Event event) {
        synchronized (entries) {
            entries.add(new Entry(elapsed(), event));
        }
    }

    /** What was seen so far, less as many entries as are skipped. */
    public List<Entry> from(int skipped) {
        synchronized (entries) {
            return List.copyOf(entries.subList(skipped, entries.size()));
        }
    }

    /** Everything that was seen so far. */
    public List<Event> events() {
        return from(0).stream().map(Entry::event).toList();
    }

    /** The time since it was begun. */
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
