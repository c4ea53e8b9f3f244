package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What was decided under a backend's lock and is done after it, in order. For one thread, one time. */
public final class Deferred {

    /** Made when there is something to do. */
    private @Nullable Queue<Runnable> todo;

    /** Nothing yet. */
    public Deferred() {}

    /** Adds what is to be done. */
    public void add(Runnable action) {
        if (todo == null) {
            todo = new ArrayDeque<>(2);
        }
        todo.add(action);
    }

    /** Does it, and what is added meanwhile. Not under a lock. What one action throws keeps none of the others back. */
    public void run() {
        if (todo == null) {
            return;
        }
        try {
            for (Runnable action = todo.poll(); action != null; action = todo.poll()) {
                action.run();
            }
        } finally {
            if (!todo.isEmpty()) {
                run();
            }
        }
    }
}
