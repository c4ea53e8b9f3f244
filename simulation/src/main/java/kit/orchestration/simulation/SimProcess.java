package kit.orchestration.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A process: threads that run in turn, until it is killed, and not while it is frozen. Its clocks are its own. */
final class SimProcess {

    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    final String name;
    final VirtualTime time;
    /** How far its time of day is off. */
    final Duration skew;
    /** Told what a task of a thread has thrown. */
    final Consumer<Throwable> failed;
    /** Where its monotonic clock began. */
    private final long origin;

    private final List<SimThread> threads = new ArrayList<>();
    private final List<Runnable> lastWords = new ArrayList<>();
    private boolean alive = true;
    private boolean frozen;
    private long thawed = -1;

    SimProcess(String name, VirtualTime time, Duration skew, Consumer<Throwable> failed) {
        this.name = name;
        this.time = time;
        this.skew = skew;
        this.failed = failed;
        this.origin = time.random.nextInt();
    }

    SimThread thread() {
        SimThread thread = new SimThread(this);
        threads.add(thread);
        return thread;
    }

    long nanoTime() {
        return time.now() + origin;
    }

    InstantSource clock() {
        return () -> START.plusNanos(time.now()).plus(skew);
    }

    boolean isAlive() {
        return alive;
    }

    boolean isFrozen() {
        return frozen;
    }

    /** Whether it was at any moment since then. */
    boolean wasFrozenSince(long then) {
        return frozen || thawed >= then;
    }

    /** Whether its threads run. */
    boolean runs() {
        return alive && !frozen;
    }

    /** SIGKILL. */
    void kill() {
        if (alive) {
            alive = false;
            lastWords.forEach(Runnable::run);
        }
    }

    /** Done at the kill, by nobody of the process. */
    void whenKilled(Runnable what) {
        lastWords.add(what);
    }

    /** SIGSTOP. */
    void freeze() {
        frozen = true;
    }

    /** SIGCONT. */
    void thaw() {
        frozen = false;
        thawed = time.now();
        threads.forEach(SimThread::plan);
    }

    @Override
    public String toString() {
        return name;
    }
}
