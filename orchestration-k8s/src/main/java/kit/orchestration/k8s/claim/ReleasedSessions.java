package kit.orchestration.k8s.claim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.k8s.claim.SessionIndex.Place;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.Watcher;

/**
 * Sessions of a pool that somebody has released, by their ids: where each is held, if it is. A release that does
 * nothing rests on what is known to be so: while that is in doubt it waits. Confined to the loop, but for {@link
 * #release}.
 */
final class ReleasedSessions {

    /**
     * Another allocator may have claimed it just now, so that the watch tells of it in a moment, or a list, if that is
     * dead; or its Lease is gone, and its pod makes it anew after 15 s.
     */
    private static final Duration UNSEEN = Watcher.LENGTH.plus(Watcher.GRACE).plusSeconds(10);

    /** Of more the earliest are forgotten: most that nobody has seen have ended long since. */
    private static final int UNSEEN_LIMIT = 10_000;

    /** Since when, and whether it is not to be ended any more. */
    private record Unseen(long sinceNanos, BooleanSupplier isMoot) {}

    private record Release(String sessionId, long sinceNanos, CompletableFuture<Void> done) {}

    private final ClusterContext context;
    private final String pool;
    private final ClusterView view;
    private final SessionIndex sessions;
    private final SessionReleases releases;
    /** Releases of what is not known, while that may be old. */
    private final List<Release> undecided = new ArrayList<>();
    /** Sessions that are to be ended and that the watch has not told of, or no more; the earliest first. */
    private final Map<String, Unseen> unseen = new LinkedHashMap<>();

    ReleasedSessions(
            ClusterContext context, String pool, ClusterView view, SessionIndex sessions, SessionReleases releases) {
        this.context = context;
        this.pool = pool;
        this.view = view;
        this.sessions = sessions;
        this.releases = releases;
    }

    /** Ends a session; done when that is written. Any thread. */
    CompletionStage<Void> release(String sessionId) {
        Release release = new Release(sessionId, context.loop().nanoTime(), new CompletableFuture<>());
        context.loop().execute(() -> release(release));
        return release.done();
    }

    private void release(Release release) {
        Place place = sessions.find(release.sessionId());
        if (place != null) {
            releases.revoke(place, release.sessionId(), release.done());
        } else if (view.watchDoubt().isPresent()) {
            undecided.add(release);
        } else {
            remember(release.sessionId(), ReleasedSessions::never);
            release.done().complete(null);
        }
    }

    /** What is known may be otherwise, or in doubt for long; at least once a second. */
    void decide() {
        long earliest = context.loop().nanoTime() - UNSEEN.toNanos();
        Iterator<Unseen> all = unseen.values().iterator();
        while (all.hasNext() && all.next().sinceNanos() - earliest < 0) {
            all.remove();
        }
        List<Release> now = List.copyOf(undecided);
        undecided.clear();
        for (Release release : now) {
            Optional<Doubt> doubt = view.watchDoubt();
            long waitedNanos = context.loop().nanoTime() - release.sinceNanos();
            if (doubt.isPresent() && waitedNanos > context.patienceToTell().toNanos()) {
                remember(release.sessionId(), ReleasedSessions::never);
                release.done()
                        .completeExceptionally(new BackendException(
                                "no such session is known, and what is known may be old: "
                                        + doubt.get().why(),
                                pool,
                                null,
                                Outcome.UNKNOWN,
                                true,
                                doubt.get().cause()));
            } else {
                release(release);
            }
        }
    }

    /** Who has released a session means it. */
    private static boolean never() {
        return false;
    }

    /** A session is held there. */
    void seen(Place place, Held held) {
        Unseen known = unseen.remove(held.sessionId());
        if (known != null) {
            releases.withdraw(place, held.sessionId(), known.isMoot());
        }
    }

    /** It may come to be seen, and is to be ended then, unless that is moot. */
    void remember(String sessionId, BooleanSupplier isMoot) {
        unseen.remove(sessionId);
        unseen.put(sessionId, new Unseen(context.loop().nanoTime(), isMoot));
        if (unseen.size() > UNSEEN_LIMIT) {
            unseen.remove(unseen.keySet().iterator().next());
        }
    }
}
