package kit.orchestration.examples.arena.record;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Everything that was seen, in the order in which it was told: events are appended, never changed. Safe for any number
 * of threads.
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
            entries.notifyAll();
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

    /** Waits until something was seen. False if the time has passed before. */
    public boolean await(Predicate<Event> wanted, Duration within) throws InterruptedException {
        long deadline = System.nanoTime() + within.toNanos();
        int read = 0;
        synchronized (entries) {
            while (true) {
                for (; read < entries.size(); read++) {
                    if (wanted.test(entries.get(read).event())) {
                        return true;
                    }
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                entries.wait(1 + left / 1_000_000);
            }
        }
    }

    /** The time since it was begun. */
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
