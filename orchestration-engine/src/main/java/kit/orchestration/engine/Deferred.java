package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.Queue;

/** What was decided under the pool's lock and is done after it, in order. For one thread, one time. */
final class Deferred {

    private final Queue<Runnable> todo = new ArrayDeque<>(2);

    void add(Runnable action) {
        todo.add(action);
    }

    void run() {
        for (Runnable action = todo.poll(); action != null; action = todo.poll()) {
            action.run();
        }
    }
}
