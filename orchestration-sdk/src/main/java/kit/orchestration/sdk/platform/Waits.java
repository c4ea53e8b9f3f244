package kit.orchestration.sdk.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Those who wait until something is so. Confined to the pod's loop. */
public final class Waits {

    private record Wait(BooleanSupplier isSo, CompletableFuture<Void> done) {}

    private final List<Wait> waits = new ArrayList<>();

    /** The future completes with a {@link #check} that finds it so. */
    public void add(BooleanSupplier isSo, CompletableFuture<Void> done) {
        waits.add(new Wait(isSo, done));
    }

    /** To be called after every change. */
    public void check() {
        waits.removeIf(wait -> wait.done().isDone()
                || (wait.isSo().getAsBoolean() && wait.done().complete(null)));
    }

    /** Whether nobody waits. */
    public boolean isEmpty() {
        return waits.isEmpty();
    }
}
