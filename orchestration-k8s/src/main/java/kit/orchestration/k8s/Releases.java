package kit.orchestration.k8s;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.ledger.LedgerSlot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends claims from outside. A session whose token somebody has is only marked: its pod obeys, and frees the slot. Freed
 * directly is what nobody can start: a claim whose token was never given to anyone, and the slot of a pod without SDK.
 *
 * <p>One write per Lease is under way at a time; what is asked meanwhile goes with the next. Each tests the exact text of
 * the slot, so it ends that claim or nothing, however late it lands, and may be repeated. Confined to the {@link Loop}.
 */
final class Releases {

    private static final Logger log = LoggerFactory.getLogger(Releases.class);

    private static final class Ending {
        final int slot;
        final String sessionId;
        final boolean free;
        final long deadline;
        final CompletableFuture<Void> done = new CompletableFuture<>();

        Ending(int slot, String sessionId, boolean free, Duration patience) {
            this.slot = slot;
            this.sessionId = sessionId;
            this.free = free;
            this.deadline = System.nanoTime() + patience.toNanos();
        }
    }

    /** How long a claim that nobody took is tried to be given back. */
    private static final Duration GIVE_BACK = Duration.ofSeconds(60);

    private final Context context;
    private final Map<Ledger, List<Ending>> waiting = new HashMap<>();
    private final Set<Ledger> writing = new HashSet<>();

    Releases(Context context) {
        this.context = context;
    }

    /** Marks a session, for its pod to end it. Done when that is written, or the session has ended anyway. */
    CompletableFuture<Void> revoke(Ledger ledger, int slot, String sessionId) {
        PodView pod = ledger.pod();
        boolean nobodyElseWill = pod != null && !pod.hasSdk();
        return end(ledger, new Ending(slot, sessionId, nobodyElseWill, context.patience()));
    }

    /** Frees the slot of a claim that nobody can start. */
    CompletableFuture<Void> free(Ledger ledger, int slot, String sessionId) {
        CompletableFuture<Void> done = end(ledger, new Ending(slot, sessionId, true, GIVE_BACK));
        done.whenComplete((end, failure) -> {
            if (failure != null) {
                log.warn(
                        "a claim on {} that nobody took could not be given back, its time will end it: {}",
                        ledger.lease().name(),
                        failure.getMessage());
            }
        });
        return done;
    }

    private CompletableFuture<Void> end(Ledger ledger, Ending ending) {
        context.writes().register();
        ending.done.whenComplete((end, failure) -> context.writes().arriveAndDeregister());
        waiting.computeIfAbsent(ledger, l -> new ArrayList<>()).add(ending);
        next(ledger);
        return ending.done;
    }

    private void next(Ledger ledger) {
        List<Ending> endings = writing.contains(ledger) ? null : waiting.remove(ledger);
        if (endings == null) {
            return;
        }
        writing.add(ledger);
        LeaseView known = ledger.lease();
        if (endings.stream().allMatch(ending -> claim(known, ending) != null)) {
            write(ledger, endings, known, Backoff.FIRST);
        } else {
            read(ledger, endings, Backoff.FIRST); // the watch has not told of a claim yet
        }
    }

    private void read(Ledger ledger, List<Ending> endings, Backoff backoff) {
        context.api()
                .lease(ledger.lease().name())
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                failed(ledger, endings, ApiException.of(failure), backoff);
                            } else if (found.isEmpty()
                                    || !found.get().uid().equals(ledger.lease().uid())) {
                                finished(ledger, endings);
                            } else {
                                write(ledger, endings, found.get(), backoff);
                            }
                        },
                        context.loop());
    }

    private void write(Ledger ledger, List<Ending> endings, LeaseView now, Backoff backoff) {
        ClaimPatch patch = ClaimPatch.of(now);
        List<Ending> left = new ArrayList<>();
        List<Ending> over = new ArrayList<>();
        for (Ending ending : endings) {
            LedgerSlot.Held held = claim(now, ending);
            if (held == null || (held.revoked() && !ending.free)) {
                over.add(ending);
            } else {
                LedgerSlot end = ending.free ? held.freed() : held.revoke();
                patch.slot(ending.slot, String.valueOf(now.slot(ending.slot)), end.format());
                left.add(ending);
            }
        }
        over.forEach(ending -> ending.done.complete(null));
        if (left.isEmpty()) {
            finished(ledger, left);
            return;
        }
        long start = System.nanoTime();
        context.api()
                .patch(now.name(), patch.toString())
                .whenCompleteAsync(
                        (done, failure) -> {
                            context.called(now.pool(), "release", left.size(), start, failure);
                            if (failure == null) {
                                finished(ledger, left);
                            } else {
                                failed(ledger, left, ApiException.of(failure), backoff);
                            }
                        },
                        context.loop());
    }

    /** Looks again after a pause, and writes what is still to be written; for as long as each may take. */
    private void failed(Ledger ledger, List<Ending> endings, ApiException error, Backoff backoff) {
        long now = System.nanoTime();
        for (Iterator<Ending> each = endings.iterator(); each.hasNext(); ) {
            Ending ending = each.next();
            if (error.kind() == ApiException.Kind.FORBIDDEN || now - ending.deadline > 0) {
                each.remove();
                ending.done.completeExceptionally(error);
            }
        }
        if (endings.isEmpty()) {
            finished(ledger, endings);
        } else {
            context.loop().after(backoff.pause(context.random()), () -> read(ledger, endings, backoff.longer()));
        }
    }

    private void finished(Ledger ledger, List<Ending> endings) {
        endings.forEach(ending -> ending.done.complete(null));
        writing.remove(ledger);
        next(ledger);
    }

    private static LedgerSlot.@Nullable Held claim(LeaseView lease, Ending ending) {
        LedgerSlot.Held held = Texts.claim(lease.slot(ending.slot));
        return held != null && held.sessionId().equals(ending.sessionId) ? held : null;
    }
}
