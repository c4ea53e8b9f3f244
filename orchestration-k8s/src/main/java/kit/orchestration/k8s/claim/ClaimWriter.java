package kit.orchestration.k8s.claim;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.engine.Reservation;
import kit.orchestration.k8s.view.Context;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.Backoff;
import kit.orchestration.ledger.lease.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes claims into a pod's Lease: one JSON Patch for a batch, which tests the Lease's uid, its state, the text of each slot
 * that it takes, and this allocator's key. Nothing blocks. What becomes of a batch:
 *
 * <ul>
 *   <li>Written: each of its claims has its slot.
 *   <li>A test failed: the Lease is read, and what it says is believed. If it differs the race was lost, and the claims go
 *       elsewhere. If it does not, the patch itself is at fault: its claims are tried one by one, and the culprit fails alone.
 *   <li>Refused, or never sent: nothing was written. What may pass goes elsewhere after a pause, what may not fails.
 *   <li>No answer: a look at the Lease tells if the batch was written. That it was not proves nothing, since the patch may
 *       land late; so a slot of it is fenced first, by raising its use count, and the late patch fails its test.
 * </ul>
 *
 * <p>A batch without answer is held on to until its outcome is known, however long the server is away. Its callers don't wait
 * for it longer than they said; what turns out to be theirs when they are gone goes back.
 */
final class ClaimWriter {

    private static final Logger log = LoggerFactory.getLogger(ClaimWriter.class);

    private final Context context;
    private final KubernetesPool pool;
    /** How long to pause before a claim that the server did not take is placed again; grows while it takes none. */
    private volatile Backoff outage = Backoff.FIRST;

    ClaimWriter(Context context, KubernetesPool pool) {
        this.context = context;
        this.pool = pool;
    }

    /** Writes claims, and answers each of them, later. */
    void write(KnownPod pod, List<Reservation<KnownPod>> claims) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        if (!context.writes().begin(end)) {
            // A call that came while the allocator closed: nobody would be left to give back what is written now.
            claims.forEach(claim -> claim.failed(new AllocatorClosedException(pool.name(), claim.request())));
            return;
        }
        Lease lease = pod.lease();
        LedgerState state = lease == null ? null : lease.state();
        if (lease == null || state == null || !state.isOpen()) {
            // The pool is about to be told. Not at once, or the calls would come here again and again until it is.
            later(Backoff.FIRST, () -> lost(claims, end));
            return;
        }
        ClaimBatch batch = ClaimBatch.of(pod, lease, claims);
        List<Reservation<KnownPod>> unfit = batch.unfit(lease);
        if (unfit.isEmpty()) {
            write(batch, end);
        } else {
            pool.unfit(unfit);
            ClaimBatch rest = batch.only(claim -> !unfit.contains(claim));
            if (rest.helds().isEmpty()) {
                end.complete(null);
            } else {
                write(rest, end);
            }
        }
    }

    private void write(ClaimBatch batch, CompletableFuture<Void> end) {
        long start = System.nanoTime();
        context.api()
                .patch(batch.lease().name(), batch.patch(context, pool.mayHold(batch.pod())))
                .whenComplete((done, failure) -> {
                    context.called(pool.name(), "claim", batch.helds().size(), start, failure);
                    if (failure == null) {
                        outage = Backoff.FIRST;
                        written(batch, end);
                    } else {
                        failed(batch, ApiException.of(failure), end);
                    }
                });
    }

    private void failed(ClaimBatch batch, ApiException error, CompletableFuture<Void> end) {
        switch (error.kind()) {
            case INVALID -> findCulprit(batch, error, end);
            case NOT_FOUND -> context.loop().execute(() -> gone(batch, end));
            case CONFLICT -> later(Backoff.FIRST, () -> lost(batch.claims(), end));
            case NOT_APPLIED, EXPIRED -> {
                Backoff pause = outage;
                outage = pause.longer();
                context.loop().after(pause.pause(context.random(), error), () -> lost(batch.claims(), end));
            }
            case FORBIDDEN -> refused(batch, error, end);
            case UNKNOWN -> resolve(batch, Backoff.FIRST, end);
        }
    }

    // ---- what each write ends with ----

    private void written(ClaimBatch batch, CompletableFuture<Void> end) {
        pool.written(batch);
        end.complete(null);
    }

    private void lost(List<Reservation<KnownPod>> claims, CompletableFuture<Void> end) {
        Reservation.lostAll(claims);
        pool.prove();
        end.complete(null);
    }

    /** The Lease is no more; the watch tells so in a moment. On the loop. */
    private void gone(ClaimBatch batch, CompletableFuture<Void> end) {
        pool.view().leaseIsMissing(batch.pod(), batch.lease());
        lost(batch.claims(), end);
    }

    private void refused(ClaimBatch batch, ApiException error, CompletableFuture<Void> end) {
        log.warn("claims in pool {} failed: {}", pool.name(), error.problem());
        for (Reservation<KnownPod> claim : batch.claims()) {
            claim.failed(error(claim, error, Outcome.NOT_APPLIED));
        }
        pool.prove();
        end.complete(null);
    }

    private BackendException error(Reservation<KnownPod> claim, ApiException error, Outcome outcome) {
        String wayOut = Context.wayOut(error);
        return new BackendException(error.problem() + wayOut, pool.name(), claim.request(), outcome, false, error);
    }

    // ---- a test failed ----

    private void findCulprit(ClaimBatch batch, ApiException error, CompletableFuture<Void> end) {
        context.api()
                .get(batch.lease().name())
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                failedToRead(batch, ApiException.of(failure), end);
                            } else if (!isOf(batch, found)) {
                                gone(batch, end);
                            } else {
                                pool.view().read(batch.pod(), found.get());
                                List<Reservation<KnownPod>> unfit = batch.unfit(found.get());
                                if (batch.hasLostTo(found.get(), context)) {
                                    lost(batch.claims(), end);
                                } else if (!unfit.isEmpty()) {
                                    pool.unfit(unfit);
                                    lost(
                                            batch.only(claim -> !unfit.contains(claim))
                                                    .claims(),
                                            end);
                                } else if (batch.helds().size() == 1) {
                                    refused(batch, error, end);
                                } else {
                                    batch.claims().forEach(claim -> write(batch.pod(), List.of(claim)));
                                    end.complete(null);
                                }
                            }
                        },
                        context.loop());
    }

    /** Nothing was written, and why is not known: it goes on if that may be otherwise the next time. */
    private void failedToRead(ClaimBatch batch, ApiException error, CompletableFuture<Void> end) {
        if (error.kind() == ApiException.Kind.FORBIDDEN) {
            refused(batch, error, end);
        } else {
            later(Backoff.FIRST, () -> lost(batch.claims(), end));
        }
    }

    // ---- no answer ----

    private void resolve(ClaimBatch batch, Backoff backoff, CompletableFuture<Void> end) {
        context.api()
                .get(batch.lease().name())
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (failure != null) {
                                ApiException error = ApiException.of(failure);
                                if (error.kind() == ApiException.Kind.FORBIDDEN) {
                                    neverKnown(batch, error, end);
                                } else {
                                    context.loop()
                                            .after(
                                                    backoff.pause(context.random(), error),
                                                    () -> resolve(batch, backoff.longer(), end));
                                }
                            } else if (!isOf(batch, found)) {
                                gone(batch, end);
                            } else {
                                Lease now = found.get();
                                pool.view().read(batch.pod(), now);
                                if (batch.claims().stream().anyMatch(claim -> ClaimBatch.isHeldBy(now, claim))) {
                                    // It was written: whole, as a patch is. What does not hold its slot any more has
                                    // ended since.
                                    Reservation.lostAll(batch.only(claim -> !ClaimBatch.isHeldBy(now, claim))
                                            .claims());
                                    written(batch.only(claim -> ClaimBatch.isHeldBy(now, claim)), end);
                                } else if (batch.claims().stream().allMatch(claim -> ClaimBatch.isFree(now, claim))) {
                                    fence(batch, now, backoff, end);
                                } else {
                                    lost(
                                            batch.claims(),
                                            end); // a slot of it has another text: the patch has failed, or will
                                }
                            }
                        },
                        context.loop());
    }

    private void fence(ClaimBatch batch, Lease now, Backoff backoff, CompletableFuture<Void> end) {
        long start = System.nanoTime();
        context.api().patch(now.name(), batch.fence(now)).whenComplete((done, failure) -> {
            context.called(pool.name(), "fence", batch.helds().size(), start, failure);
            // Fenced or not, the Lease now says more than before: the next look tells.
            later(failure == null ? Backoff.NONE : backoff, () -> resolve(batch, backoff.longer(), end));
        });
    }

    /** We may not read it. The slots may be tried again, as every write tests what it assumes; the calls may not. */
    private void neverKnown(ClaimBatch batch, ApiException error, CompletableFuture<Void> end) {
        for (Reservation<KnownPod> claim : batch.claims()) {
            claim.unknown(error(claim, error, Outcome.UNKNOWN));
            pool.engine().fenced(claim.pod(), claim.slot(), claim.version());
        }
        end.complete(null);
    }

    private static boolean isOf(ClaimBatch batch, Optional<Lease> found) {
        return found.isPresent() && batch.isOf(found.get());
    }

    private void later(Backoff backoff, Runnable step) {
        context.loop().after(backoff.pause(context.random()), step);
    }
}
