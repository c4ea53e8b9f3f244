package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.Queue;

/** What was decided under a lock and is done after it, in order. For one thread, one time. */
public final class Deferred {

    private final Queue<Runnable> todo = new ArrayDeque<>(2);

    /** Nothing yet. */
    public Deferred() {}

    /** Adds what is to be done. */
    public void add(Runnable action) {
        todo.add(action);
    }

    /** Does it, and what is added meanwhile. Not under a lock. */
    public void run() {
        for (Runnable action = todo.poll(); action != null; action = todo.poll()) {
            action.run();
        }
    }
}
