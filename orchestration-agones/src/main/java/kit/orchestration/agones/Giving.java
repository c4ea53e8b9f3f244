package kit.orchestration.agones;

import java.time.Instant;
import java.util.List;
import kit.orchestration.agones.ClaimReader.UnusableServerException;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Deferred;
import kit.orchestration.ledger.AgonesNames;

/** What becomes of a claim that has landed: its callers get it, or it is given back. */
final class Giving {

    private final String pool;
    private final AllocatorContext context;
    private final Guard guard;
    private final Waiters waiters;
    private final Tries tries;
    private final ClaimReader claims;
    private final AgonesReleases releases;

    Giving(
            String pool,
            AllocatorContext context,
            Guard guard,
            Waiters waiters,
            Tries tries,
            ClaimReader claims,
            AgonesReleases releases) {
        this.pool = pool;
        this.context = context;
        this.guard = guard;
        this.waiters = waiters;
        this.tries = tries;
        this.claims = claims;
        this.releases = releases;
    }

    /** Gives the session to all who try for it. Under the lock. */
    void give(Waiter waiter, String key, Answer server, Instant expiresAt, boolean claimedNow, Deferred after) {
        List<Call> calls = waiter.calls();
        calls.forEach(call -> waiters.remove(call, waiter));
        tries.ends(waiter);
        // At once: who gives the session back from now on must not take it for the last one's.
        if (waiter.digest != null && claimedNow) {
            tries.given(key, Math.max(1, calls.size()), context.now());
        } else if (waiter.digest != null) {
            tries.givenTo(key, calls.size());
        }
        after.add(() -> {
            try {
                Claim claim = claims.of(pool, server, key, waiter.request.annotations(), expiresAt);
                List<Call> gone =
                        calls.stream().filter(call -> !call.claimed(claim)).toList();
                if (calls.isEmpty() && claimedNow) {
                    giveBack(claim);
                }
                gone.forEach(call -> giveBack(claim));
            } catch (UnusableServerException unusable) {
                if (claimedNow) {
                    releases.giveBack(pool, server, key);
                }
                calls.forEach(call -> call.fail(unusable.failure().toException(pool, call.request(), true)));
            }
        });
    }

    /** A claim that nobody was told of. Not under the lock. */
    void giveBack(Answer server, String key) {
        releases.giveBack(pool, server, key);
    }

    /** A caller does not want its claim. Not under the lock. */
    void giveBack(Claim claim) {
        String key = AgonesNames.keyOf(claim.sessionId());
        boolean[] unwanted = {true};
        if (Tries.isKeyed(key)) {
            guard.run(after -> unwanted[0] = tries.givenBack(key, context.now()));
        }
        if (unwanted[0]) {
            releases.giveBack(pool, claim.sessionId());
        }
    }
}
