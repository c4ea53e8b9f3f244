package kit.orchestration.k8s.claim;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import kit.orchestration.ledger.lease.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Calls of which there may be thousands in one moment, as when a matchmaker was started anew and asks for all that it
 * had: some are under way, the others wait in line. Confined to the loop.
 */
final class Gate {

    private final Loop loop;
    private final int atOnce;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int underWay;

    /** Through which so many pass at a time. */
    Gate(Loop loop, int atOnce) {
        this.loop = loop;
        this.atOnce = atOnce;
    }

    /**
     * Has a call made in its turn.
     *
     * @return done on the loop
     */
    <T> CompletableFuture<T> pass(Supplier<? extends CompletionStage<T>> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        waiting.add(() -> loop.whenDone(made(call), (value, failure) -> over(answer, value, failure)));
        next();
        return answer;
    }

    private static <T> CompletionStage<T> made(Supplier<? extends CompletionStage<T>> call) {
        try {
            return call.get();
        } catch (Throwable broken) { // or its place would be lost
            return CompletableFuture.failedStage(broken);
        }
    }

    private <T> void over(CompletableFuture<T> answer, @Nullable T value, @Nullable Throwable failure) {
        underWay--;
        if (failure == null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(failure);
        }
        next();
    }

    private void next() {
        while (underWay < atOnce && !waiting.isEmpty()) {
            underWay++;
            waiting.remove().run();
        }
    }
}
