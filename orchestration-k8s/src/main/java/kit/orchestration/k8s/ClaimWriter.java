package kit.orchestration.k8s;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.engine.Reservation;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes claims into a pod's Lease: one JSON Patch for a batch, which tests the Lease's uid, its state and the text of each
 * slot that it takes. Nothing blocks. What becomes of a batch:
 *
 * <ul>
 *   <li>Written: each reservation is applied.
 *   <li>A test failed: the Lease is read. If it differs the race was lost, and the reservations go elsewhere. If it does
 *       not, the patch itself is at fault: its reservations are tried one by one, and the culprit fails alone.
 *   <li>Refused, or never sent: nothing was written. What may pass goes elsewhere after a pause, what may not fails.
 *   <li>No answer: a look at the Lease tells if the batch was written. That it was not proves nothing, since the patch may
 *       land late; so a slot of it is fenced first, by raising its use count, and the late patch fails its test.
 * </ul>
 *
 * <p>A batch without answer is held on to until its outcome is known, however long that takes. Its callers don't wait for
 * it longer than they said; what turns out to be theirs when they are gone goes back.
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

    /** Writes a batch, and answers each of its reservations, later. */
    void write(PodLedger ledger, List<Reservation<PodLedger>> batch) {
        if (context.writes().register() < 0) {
            // A call that came while the allocator closed: nobody would be left to give back what is written now.
            batch.forEach(reservation ->
                    reservation.failed(new AllocatorClosedException(pool.name(), reservation.request())));
            return;
        }
        Batch claims = Batch.of(ledger, batch);
        if (!(claims.lease().ledgerState() instanceof LedgerState.Open)) {
            // The pool is about to be told. Not at once, or the calls would come here again and again until it is.
            later(Backoff.FIRST, () -> lost(claims));
            return;
        }
        long start = System.nanoTime();
        context.api().patch(claims.lease().name(), patch(claims)).whenComplete((done, failure) -> {
            context.called(pool.name(), "claim", batch.size(), start, failure);
            if (failure == null) {
                outage = Backoff.FIRST;
                written(claims);
            } else {
                failed(claims, ApiException.of(failure));
            }
        });
    }

    /**
     * Claims on one pod.
     *
     * @param lease what the patch was made from
     * @param helds what the slot of each says once it is written, in their order
     */
    private record Batch(PodLedger ledger, LeaseView lease, Map<Reservation<PodLedger>, LedgerSlot.Held> helds) {

        static Batch of(PodLedger ledger, List<Reservation<PodLedger>> claims) {
            Map<Reservation<PodLedger>, LedgerSlot.Held> helds = new LinkedHashMap<>();
            for (Reservation<PodLedger> claim : claims) {
                helds.put(claim, Texts.held(claim.version(), claim.sessionId(), claim.request()));
            }
            return new Batch(ledger, ledger.lease(), helds);
        }

        List<Reservation<PodLedger>> claims() {
            return List.copyOf(helds.keySet());
        }

        /** A part of it. */
        Batch only(Predicate<Reservation<PodLedger>> which) {
            Map<Reservation<PodLedger>, LedgerSlot.Held> some = new LinkedHashMap<>(helds);
            some.keySet().removeIf(which.negate());
            return new Batch(ledger, lease, some);
        }

        boolean isOf(Optional<LeaseView> found) {
            return found.isPresent() && found.get().uid().equals(lease.uid());
        }
    }

    private String patch(Batch batch) {
        LeaseView lease = batch.lease();
        ClaimPatch patch = ClaimPatch.of(lease).testState(String.valueOf(lease.state()));
        batch.helds()
                .forEach((reservation, held) ->
                        patch.slot(reservation.slot(), Texts.free(reservation.version()), held.format()));
        if (!lease.keys().contains(context.kid())) {
            patch.key(context.kid(), context.key());
        }
        if (lease.tracked()) {
            patch.untrack();
        }
        if (context.identity() != null && pool.mayHold(batch.ledger())) {
            patch.holder(context.identity(), context.timing().clock().instant());
        }
        return patch.toString();
    }

    private void failed(Batch batch, ApiException error) {
        switch (error.kind()) {
            case INVALID -> findCulprit(batch, error, Backoff.FIRST);
            case NOT_FOUND, CONFLICT -> later(Backoff.FIRST, () -> lost(batch));
            case NOT_APPLIED, EXPIRED -> {
                Backoff pause = outage;
                outage = pause.longer();
                later(pause, () -> lost(batch));
            }
            case FORBIDDEN -> refused(batch, error);
            case UNKNOWN -> resolve(batch, Backoff.FIRST);
        }
    }

    // ---- what each write ends with ----

    private void written(Batch batch) {
        pool.written(batch.ledger(), batch.lease(), batch.helds());
        context.writes().arriveAndDeregister();
    }

    private void lost(Batch batch) {
        Reservation.lostAll(batch.claims());
        context.writes().arriveAndDeregister();
    }

    private void refused(Batch batch, ApiException error) {
        log.warn("claims in pool {} failed: {}", pool.name(), error.getMessage());
        String wayOut = error.kind() == ApiException.Kind.FORBIDDEN
                ? "; give the allocator's service account the role of deploy/allocator.yaml"
                : "; it is of no use to repeat it";
        for (Reservation<PodLedger> reservation : batch.claims()) {
            reservation.failed(new BackendException(
                    error.getMessage() + wayOut,
                    pool.name(),
                    reservation.request(),
                    Outcome.NOT_APPLIED,
                    false,
                    error));
        }
        context.writes().arriveAndDeregister();
    }

    // ---- a test failed ----

    private void findCulprit(Batch batch, ApiException error, Backoff backoff) {
        context.api().lease(batch.lease().name()).whenComplete((found, failure) -> {
            if (failure != null) {
                later(backoff, () -> findCulprit(batch, error, backoff.longer()));
            } else if (!batch.isOf(found)) {
                later(backoff, () -> lost(batch)); // the pod is gone, and the watch tells so in a moment
            } else if (differs(batch, found.get())) {
                pool.read(batch.ledger(), found.get());
                // A lost race goes on at once. A pod that has closed waits for the watch to say so.
                if (batch.lease().state() != null
                        && batch.lease().state().equals(found.get().state())) {
                    lost(batch);
                } else {
                    later(backoff, () -> lost(batch));
                }
            } else if (batch.claims().size() == 1) {
                refused(batch, error);
            } else {
                batch.claims().forEach(reservation -> write(batch.ledger(), List.of(reservation)));
                context.writes().arriveAndDeregister();
            }
        });
    }

    private static boolean differs(Batch batch, LeaseView now) {
        return !String.valueOf(batch.lease().state()).equals(now.state())
                || batch.claims().stream().anyMatch(reservation -> !isFree(now, reservation));
    }

    // ---- no answer ----

    private void resolve(Batch batch, Backoff backoff) {
        context.api().lease(batch.lease().name()).whenComplete((found, failure) -> {
            if (failure != null) {
                later(backoff, () -> resolve(batch, backoff.longer()));
            } else if (!batch.isOf(found)) {
                lost(batch);
            } else if (batch.claims().stream().anyMatch(reservation -> isHeldBy(found.get(), reservation))) {
                pool.read(batch.ledger(), found.get());
                answer(batch, found.get());
            } else if (batch.claims().stream().allMatch(reservation -> isFree(found.get(), reservation))) {
                fence(batch, found.get(), backoff);
            } else {
                // A slot of it has another text: the patch has failed, or will.
                pool.read(batch.ledger(), found.get());
                lost(batch);
            }
        });
    }

    /** The batch was written: whole, as a patch is. What does not hold its slot any more has ended since. */
    private void answer(Batch batch, LeaseView now) {
        context.writes().register();
        lost(batch.only(reservation -> !isHeldBy(now, reservation)));
        written(batch.only(reservation -> isHeldBy(now, reservation)));
    }

    /** One slot's count is enough, since the late patch tests them all. */
    private void fence(Batch batch, LeaseView now, Backoff backoff) {
        Reservation<PodLedger> first = batch.claims().get(0);
        String patch = ClaimPatch.of(now)
                .slot(first.slot(), Texts.free(first.version()), Texts.free(first.version() + 2))
                .toString();
        long start = System.nanoTime();
        context.api().patch(now.name(), patch).whenComplete((done, failure) -> {
            context.called(pool.name(), "fence", batch.claims().size(), start, failure);
            // Fenced or not, the Lease now says more than before: the next look tells.
            later(failure == null ? Backoff.NONE : backoff, () -> resolve(batch, backoff.longer()));
        });
    }

    // ---- helpers ----

    private static boolean isFree(LeaseView lease, Reservation<PodLedger> reservation) {
        return Texts.free(reservation.version()).equals(lease.slot(reservation.slot()));
    }

    private static boolean isHeldBy(LeaseView lease, Reservation<PodLedger> reservation) {
        LedgerSlot.Held held = Texts.claim(lease.slot(reservation.slot()));
        return held != null && held.sessionId().equals(reservation.sessionId());
    }

    private void later(Backoff backoff, Runnable step) {
        context.loop().after(backoff.pause(context.random()), step);
    }
}
