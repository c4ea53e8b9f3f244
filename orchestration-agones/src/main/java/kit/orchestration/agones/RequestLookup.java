package kit.orchestration.agones;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import kit.orchestration.RequestConflictException;
import kit.orchestration.agones.Failure.Kind;
import kit.orchestration.engine.Deferred;
import kit.orchestration.ledger.RequestDigest;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a request with an id has its session already, before anything is claimed for it. Under the pool's lock,
 * but its calls.
 */
final class RequestLookup {

    private final String pool;
    private final AllocatorContext context;
    private final Guard guard;
    private final Waiters waiters;
    private final Tries tries;
    private final Knowledge knowledge;
    private final Giving giving;
    private final Consumer<Deferred> depart;

    /**
     * What is looked for.
     *
     * @param values what the list may have for the request, by the claim's key
     * @param conflict what was written for the same id with other contents; null if nothing is known
     */
    private record Look(
            Map<String, String> values, @Nullable String conflict) {

        List<String> all() {
            List<String> all = new ArrayList<>(values.values());
            if (conflict != null) {
                all.add(conflict);
            }
            return all;
        }

        /** The key of the claim that the server has; null if it has none of these. */
        @Nullable
        String keyOn(Answer server) {
            return values.entrySet().stream()
                    .filter(value -> server.holds(value.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * Looks for nothing yet.
     *
     * @param depart sends what may go, once somebody waits in line
     */
    RequestLookup(
            String pool,
            AllocatorContext context,
            Guard guard,
            Waiters waiters,
            Tries tries,
            Knowledge knowledge,
            Giving giving,
            Consumer<Deferred> depart) {
        this.pool = pool;
        this.context = context;
        this.guard = guard;
        this.waiters = waiters;
        this.tries = tries;
        this.knowledge = knowledge;
        this.giving = giving;
        this.depart = depart;
    }

    /** Gives the waiter its session, or puts it into its line if there is none. */
    void find(Waiter waiter, RequestDigest digest, Deferred after) {
        Instant time = context.timing().clock().instant();
        Look look = new Look(tries.values(waiter, digest, time), tries.conflict(digest));
        List<String> all = look.all();
        after.add(() -> context.ask(
                context.looks(),
                pool,
                "find",
                1,
                context.messages().find(pool, all),
                (sent, answer, failure) -> guard.run(then -> {
                    if (!waiter.isWanted()) {
                        tries.ends(waiter);
                    } else if (answer != null) {
                        found(waiter, look, answer, then);
                    } else {
                        notFound(waiter, digest, sent, Objects.requireNonNull(failure), then);
                    }
                    depart.accept(then);
                }),
                () -> {}));
    }

    private void found(Waiter waiter, Look look, Answer server, Deferred after) {
        long now = context.now();
        knowledge.known = true;
        knowledge.answered(now);
        String key = look.keyOn(server);
        if (key != null && !tries.isOver(key)) {
            Instant latest = Tries.latestStart(key).plus(waiter.request.claimTtl());
            Instant ours = context.timing().clock().instant().plus(waiter.request.claimTtl());
            giving.give(waiter, key, server, latest.isBefore(ours) ? latest : ours, false, after);
        } else if (look.conflict() != null && server.holds(look.conflict())) {
            waiters.settle(waiter, call -> new RequestConflictException(call.request()), after);
        } else {
            enter(waiter, now); // ended, or given back by its last caller, between the look and the answer
        }
    }

    private void notFound(Waiter waiter, RequestDigest digest, long sent, Failure failure, Deferred after) {
        long now = context.now();
        boolean refused = failure.kind() == Kind.REFUSED;
        waiter.failure = refused ? null : failure;
        if (refused) {
            knowledge.answered(now);
            waiter.noSession.refused(sent, now, context.settings().batchWait().toNanos());
            if (waiter.noSession.isCertain()) {
                enter(waiter, now);
                return;
            }
        } else if (!failure.kind().repeatable()) {
            waiters.fail(waiter, failure, after);
            return;
        }
        RetryPause pause = refused
                ? RetryPause.refused(context.settings().batchWait())
                : RetryPause.FAILED.longer().longer();
        after.add(() -> context.after(
                pause.pause(context.random()),
                () -> guard.run(then -> {
                    if (waiter.isWanted()) {
                        find(waiter, digest, then);
                    }
                })));
    }

    private void enter(Waiter waiter, long now) {
        waiters.enter(waiter, now, RetryPause.refused(context.settings().batchWait()));
    }
}
