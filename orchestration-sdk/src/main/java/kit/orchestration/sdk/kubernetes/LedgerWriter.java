package kit.orchestration.sdk.kubernetes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot.Free;
import kit.orchestration.ledger.LedgerSlot.Held;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.sdk.platform.Loop;
import kit.orchestration.sdk.platform.Retry;
import org.jspecify.annotations.Nullable;

/**
 * Writes what ends: frees, gathered, and the closing of the Lease. One write is under way at a time, and what fails is
 * repeated for ever; sessions don't notice. Confined to the pod's {@link Loop}.
 *
 * <p>A free tests the slot's exact text, with the session's id and the use count, and raises the count. A merge patch that
 * only named the new text would be shorter, but one that is late (the server goes on with a call that has timed out) could
 * free a newer claim.
 */
final class LedgerWriter {

    /** Keys that a Lease may hold before they are dropped: allocators add one for each start of theirs. */
    static final int KEYS = 32;

    /**
     * How long a Lease stays away before it is made anew. Its pod may be gone while this process still runs (deleted by
     * force, on a node that is cut off), and the API server takes a dead pod's token for 10 s more: the Lease would be in
     * its successor's way.
     */
    static final Duration AWAY = Duration.ofSeconds(15);

    private final LeaseApi api;
    private final PodIdentity pod;
    private final String bootId;
    private final Ledger ledger;
    private final Loop loop;
    private final Retry retry;
    private final List<CompletableFuture<Void>> closing = new ArrayList<>();

    private boolean close;
    private boolean writing;
    /** Whether the last patch was refused for no reason that is known: then only what must be is written. */
    private boolean plain;

    private long lastWrite;
    private long notBefore;
    private volatile String problem = "";
    private @Nullable Future<?> timer;

    LedgerWriter(LeaseApi api, PodIdentity pod, String bootId, Ledger ledger, Loop loop) {
        this.api = api;
        this.pod = pod;
        this.bootId = bootId;
        this.ledger = ledger;
        this.loop = loop;
        this.retry = new Retry("writing " + api.name(), Retry.LONGEST_AWAITED);
        this.lastWrite = System.nanoTime() - Pace.HURRIED.toNanos();
        this.notBefore = System.nanoTime();
    }

    /** Closes the Lease, for good, and frees at once from now on. The future completes when all of that is written. */
    void close(CompletableFuture<Void> done) {
        close = true;
        closing.add(done);
        step();
    }

    /** Why the last write failed; empty if it did not. */
    String problem() {
        return problem;
    }

    /** Does what is due. To be called after every change. */
    void step() {
        if (close && (ledger.isMissing() || (!isClosingDue() && ledger.endedCount() == 0))) {
            closing.forEach(done -> done.complete(null));
            closing.clear();
        }
        if (writing || ledger.isOver()) {
            return;
        }
        Future<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
            timer = null;
        }
        if (!ledger.isMissing() && !isClosingDue() && ledger.endedCount() == 0) {
            return;
        }
        long now = System.nanoTime();
        long wait = Math.max(dueIn(now), notBefore - now);
        if (wait > 0) {
            timer = loop.after(Duration.ofNanos(wait), this::step);
        } else {
            write();
        }
    }

    private long dueIn(long now) {
        if (ledger.isMissing()) {
            return ledger.missingSince() + AWAY.toNanos() - now;
        }
        if (close) {
            return 0;
        }
        Slots slots = ledger.slots();
        long oldest = ledger.ended().iterator().next().at();
        return Pace.due(slots.freeCount(), slots.capacity(), ledger.endedCount(), oldest, lastWrite) - now;
    }

    private boolean isClosingDue() {
        return close && ledger.isOpen() && !ledger.isOver();
    }

    private void write() {
        writing = true;
        lastWrite = System.nanoTime();
        if (ledger.isMissing()) {
            answered(
                    api.create(Lease.create(
                            pod, state(), ledger.slots().texts(), ledger.keys().texts())),
                    "");
        } else {
            LeasePatch patch = patch();
            answered(api.patch(patch), patch.text());
        }
    }

    private void answered(CompletableFuture<Lease> answer, String text) {
        answer.whenCompleteAsync(
                (lease, failure) -> {
                    if (failure == null) {
                        writing = false;
                        plain = false;
                        problem = "";
                        retry.succeeded();
                        ledger.seen(lease);
                        step();
                    } else {
                        failed(ApiException.failed("writing " + api.name(), failure), text);
                    }
                },
                loop);
    }

    private void failed(ApiException error, String text) {
        switch (error.kind()) {
            // A slot was revoked or taken back since it was read; or the Lease is no more, or there is one again.
            case INVALID, MISSING, EXISTS ->
                ledger.read().whenComplete((read, failure) -> {
                    // If nothing has changed it was no race, and would not be one the next time.
                    boolean hopeless = ledger.isMissing()
                            || (!ledger.isOver() && patch().text().equals(text));
                    if (failure != null || hopeless) {
                        plain = true;
                        later(failure == null ? error : ApiException.failed("get of " + api.name(), failure));
                    }
                    writing = false;
                    step();
                });
            case REFUSED, AWAY, EXPIRED -> {
                later(error);
                writing = false;
                step();
            }
        }
    }

    private void later(ApiException error) {
        problem = error.problem();
        notBefore = System.nanoTime() + retry.failed(problem).toNanos();
    }

    private String state() {
        return close ? new LedgerState.Closed().format() : new LedgerState.Open(bootId).format();
    }

    private LeasePatch patch() {
        Lease lease = ledger.lease();
        LeasePatch patch = LeasePatch.of(lease);
        if (isClosingDue()) {
            patch.test(LedgerNames.STATE, String.valueOf(lease.state())).set(LedgerNames.STATE, state());
        }
        List<@Nullable String> texts = lease.slots();
        for (Ledger.Ended each : ledger.ended()) {
            int slot = each.claim().slot();
            Held held = Objects.requireNonNull(
                    ledger.slots().held(slot, each.claim().sessionId()));
            patch.slot(slot, String.valueOf(texts.get(slot)), held.freed().format());
        }
        if (!plain && lease.keys().size() > KEYS) {
            dropKeys(lease, patch);
        }
        return patch;
    }

    /**
     * Drops all keys, if this patch leaves no slot held: no session is left whose token could need one, and an allocator
     * adds its key again with its next claim. A claim that is on its way because its allocator has seen its key here would
     * come without it; so every slot's count is raised, and such a claim fails its test.
     */
    private void dropKeys(Lease lease, LeasePatch patch) {
        Slots slots = ledger.slots();
        if (close
                || slots.heldCount() != ledger.endedCount()
                || slots.heldCount() + slots.freeCount() != slots.capacity()) {
            return;
        }
        for (int slot = 0; slot < slots.capacity(); slot++) {
            Free free = slots.free(slot);
            if (free != null) {
                patch.slot(slot, free.format(), free.fenced().format());
            }
        }
        lease.keys().keySet().forEach(kid -> patch.remove(LedgerNames.key(kid)));
    }
}
