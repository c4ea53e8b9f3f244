package kit.orchestration.simulation;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Random;

/** The one clock of a schedule, and what happens when: of what is due at the same time, what was asked for first. */
final class VirtualTime {

    private record Due(long at, long number, Runnable what) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    /** What a schedule leaves to chance. */
    final Random random;

    private final PriorityQueue<Due> queue = new PriorityQueue<>();
    private long now;
    private long number;

    VirtualTime(long seed) {
        random = new Random(seed);
    }

    /** Nanoseconds since the schedule began. */
    long now() {
        return now;
    }

    void at(long nanos, Runnable what) {
        queue.add(new Due(Math.max(now, nanos), number++, what));
    }

    void after(Duration delay, Runnable what) {
        at(now + delay.toNanos(), what);
    }

    /** Lets time pass, and happen what is due. */
    void advance(Duration by) {
        long until = now + by.toNanos();
        for (Due next = queue.peek(); next != null && next.at <= until; next = queue.peek()) {
            queue.remove();
            now = next.at;
            next.what.run();
        }
        now = until;
    }

    /** Whether chance has it, of a probability. */
    boolean perhaps(double probability) {
        return random.nextDouble() < probability;
    }

    /** By chance, each as likely as the others. */
    Duration between(Duration least, Duration most) {
        return least.plusNanos((long) (random.nextDouble() * (most.toNanos() - least.toNanos())));
    }

    /** By chance, mostly short: of each ten, one is ten times as long. */
    Duration about(Duration typical) {
        double factor = Math.pow(10, random.nextDouble() * random.nextDouble() * 2 - 0.5);
        return Duration.ofNanos((long) (typical.toNanos() * factor));
    }
}
