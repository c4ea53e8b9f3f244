package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What was decided under a lock and is done after it, in order. For one thread, one time. */
public final class Deferred {

    /** Made when there is something to do: of the three that a claim and its end go through, only one has. */
    private @Nullable Queue<Runnable> todo;
    /** Who does it now. As the next, others may read it at any time: no thread takes another for itself. */
    private @Nullable Thread runner;
    /** What it became a part of. */
    private @Nullable Deferred whole;

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
        runner = Thread.currentThread();
        try {
            for (Runnable action = todo.poll(); action != null; action = todo.poll()) {
                action.run();
            }
        } finally {
            runner = null;
            if (!todo.isEmpty()) {
                run();
            }
        }
    }

    /**
     * As {@link #run}, but if this thread is doing {@code outer}, as a part of that and after it: so that answers which
     * come within the write, each leading to the next write, don't pile up on the stack.
     */
    void runAfter(Deferred outer) {
        Deferred outermost = outer.whole == null ? outer : outer.whole;
        if (outermost.runner == Thread.currentThread()) {
            whole = outermost;
            if (todo != null) {
                todo.forEach(outermost::add);
            }
        } else {
            run();
        }
    }
}
