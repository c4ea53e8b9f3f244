package kit.orchestration.agones;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.agones.AgonesReleases.FailedException;
import kit.orchestration.agones.Failure.Kind;
import org.jspecify.annotations.Nullable;

/** Asks Agones whether a pool has any server, until it shows one, or has refused so often that there is none. */
final class ServerSearch {

    /** Refusals that are believed: a look changes no server, and any of the pool will do. */
    private static final int REFUSALS = 3;

    private final AllocatorContext context;
    private final String pool;
    private final long deadline;
    private final CompletableFuture<Boolean> found = new CompletableFuture<>();
    /** One call is under way at a time, as all below. */
    private final Evidence none = new Evidence(REFUSALS);

    private ServerSearch(AllocatorContext context, String pool) {
        this.context = context;
        this.pool = pool;
        this.deadline = context.now() + context.settings().callTimeout().toNanos();
    }

    /** Done within a call time-out, and with what the last answer said; fails with a {@link FailedException}. */
    static CompletableFuture<Boolean> start(AllocatorContext context, String pool) {
        ServerSearch search = new ServerSearch(context, pool);
        search.ask();
        return search.found;
    }

    private void ask() {
        context.ask(
                context.looks(),
                pool,
                "look",
                0,
                context.messages().look(pool),
                this::answered,
                () -> fail(Failure.CLOSED));
    }

    private void answered(long sent, @Nullable Answer answer, @Nullable Failure failure) {
        if (answer != null) {
            found.complete(true);
            return;
        }
        Failure failed = Objects.requireNonNull(failure);
        long now = context.now();
        boolean late = now > deadline;
        if (failed.kind() == Kind.REFUSED) {
            none.refused(sent, now, context.settings().batchWait().toNanos());
            if (late || none.isCertain()) {
                found.complete(false);
                return;
            }
        } else if (late || !failed.kind().repeatable()) {
            fail(failed);
            return;
        }
        context.after(RetryPause.refused(context.settings().batchWait()).pause(context.random()), this::ask);
    }

    private void fail(Failure failure) {
        found.completeExceptionally(new FailedException(failure));
    }
}
