package kit.orchestration.k8s;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.engine.Reservation;
import kit.orchestration.token.LedgerNames;
import kit.orchestration.token.LedgerSlot;
import kit.orchestration.token.LedgerState;
import org.jspecify.annotations.Nullable;
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

    private final KubernetesContext context;

    ClaimWriter(KubernetesContext context) {
        this.context = context;
    }

    /** Writes a batch, and answers each of its reservations, later. */
    void write(PodLedger ledger, List<Reservation<PodLedger>> batch) {
        if (!(ledger.state() instanceof LedgerState.Open)) {
            batch.forEach(Reservation::lost);
            return;
        }
        long start = System.nanoTime();
        LeaseView lease = ledger.lease();
        context.api().patch(lease.name(), patch(lease, batch)).whenComplete((done, failure) -> {
            ApiException error = failure == null ? null : LeaseApi.of(failure);
            context.called(lease.pool(), "claim", batch.size(), start, error);
            if (error == null) {
                batch.forEach(reservation -> context.written(ledger, reservation, held(reservation)));
            } else {
                failed(ledger, batch, error);
            }
        });
    }

    /** What the slot of a reservation says once it is written. */
    static LedgerSlot.Held held(Reservation<PodLedger> reservation) {
        return Texts.held(reservation.version(), reservation.sessionId(), reservation.request());
    }

    private String patch(LeaseView lease, List<Reservation<PodLedger>> batch) {
        ClaimPatch patch = ClaimPatch.of(lease).testState(String.valueOf(lease.state()));
        for (Reservation<PodLedger> reservation : batch) {
            patch.slot(
                    reservation.slot(),
                    Texts.free(reservation.version()),
                    held(reservation).format());
        }
        if (!lease.keys().contains(context.key().kid())) {
            patch.key(context.key().kid(), context.key().text());
        }
        if (lease.tracked()) {
            patch.untrack();
        }
        return patch.holder(context.identity(), context.timing().clock().instant())
                .toString();
    }

    private void failed(PodLedger ledger, List<Reservation<PodLedger>> batch, ApiException error) {
        switch (error.kind()) {
            case INVALID -> findCulprit(ledger, batch, error, Backoff.FIRST);
            case NOT_FOUND -> {
                context.gone(ledger);
                batch.forEach(Reservation::lost);
            }
            case CONFLICT, NOT_APPLIED -> later(Backoff.FIRST, () -> batch.forEach(Reservation::lost));
            case FORBIDDEN -> batch.forEach(reservation -> fail(reservation, error));
            case UNKNOWN -> resolve(ledger, batch, Backoff.FIRST);
        }
    }

    // ---- a test failed ----

    private void findCulprit(
            PodLedger ledger, List<Reservation<PodLedger>> batch, ApiException error, Backoff backoff) {
        context.api().get(ledger.lease().name()).whenComplete((found, failure) -> {
            if (failure != null) {
                later(backoff, () -> findCulprit(ledger, batch, error, backoff.longer()));
            } else if (isOther(ledger, found)) {
                context.gone(ledger);
                batch.forEach(Reservation::lost);
            } else if (differs(ledger, batch, found.get())) {
                context.read(found.get(), () -> batch.forEach(Reservation::lost));
            } else if (batch.size() == 1) {
                fail(batch.get(0), error);
            } else {
                batch.forEach(reservation -> write(ledger, List.of(reservation)));
            }
        });
    }

    private static boolean differs(PodLedger ledger, List<Reservation<PodLedger>> batch, LeaseView now) {
        return !String.valueOf(ledger.lease().state()).equals(now.state())
                || batch.stream().anyMatch(reservation -> !Texts.isFree(now, reservation));
    }

    // ---- no answer ----

    private void resolve(PodLedger ledger, List<Reservation<PodLedger>> batch, Backoff backoff) {
        context.api().get(ledger.lease().name()).whenComplete((found, failure) -> {
            if (failure != null) {
                later(backoff, () -> resolve(ledger, batch, backoff.longer()));
            } else if (isOther(ledger, found)) {
                context.gone(ledger);
                batch.forEach(Reservation::lost);
            } else if (batch.stream().anyMatch(reservation -> Texts.isHeldBy(found.get(), reservation))) {
                context.read(found.get(), () -> answer(ledger, batch, found.get()));
            } else if (batch.stream().allMatch(reservation -> Texts.isFree(found.get(), reservation))) {
                fence(ledger, batch, found.get(), backoff);
            } else {
                // A slot of it has another text: the patch has failed, or will.
                context.read(found.get(), () -> batch.forEach(Reservation::lost));
            }
        });
    }

    /** The batch was written: whole, as a patch is. What does not hold its slot any more has ended since. */
    private void answer(PodLedger ledger, List<Reservation<PodLedger>> batch, LeaseView now) {
        for (Reservation<PodLedger> reservation : batch) {
            if (Texts.isHeldBy(now, reservation)) {
                context.written(ledger, reservation, held(reservation));
            } else {
                reservation.lost();
            }
        }
    }

    /** One slot's count is enough, since the late patch tests them all. */
    private void fence(PodLedger ledger, List<Reservation<PodLedger>> batch, LeaseView now, Backoff backoff) {
        Reservation<PodLedger> first = batch.get(0);
        String patch = ClaimPatch.of(now)
                .slot(first.slot(), Texts.free(first.version()), Texts.free(first.version() + 2))
                .toString();
        long start = System.nanoTime();
        context.api().patch(now.name(), patch).whenComplete((done, failure) -> {
            context.called(now.pool(), "fence", batch.size(), start, failure == null ? null : LeaseApi.of(failure));
            // Fenced or not, the Lease now says more than before: the next look tells.
            later(failure == null ? Backoff.NONE : backoff, () -> resolve(ledger, batch, backoff.longer()));
        });
    }

    // ---- helpers ----

    private static boolean isOther(PodLedger ledger, Optional<LeaseView> found) {
        return found.isEmpty() || !found.get().uid().equals(ledger.lease().uid());
    }

    private void fail(Reservation<PodLedger> reservation, ApiException error) {
        log.warn("a claim in pool {} failed: {}", reservation.request().pool(), error.getMessage());
        reservation.failed(new BackendException(
                error.kind() == ApiException.Kind.FORBIDDEN
                        ? error.getMessage() + "; give the allocator's service account the role of deploy/allocator.yaml"
                        : String.valueOf(error.getMessage()),
                reservation.request().pool(),
                reservation.request(),
                Outcome.NOT_APPLIED,
                error.isPassing(),
                error));
    }

    private void later(Backoff backoff, Runnable step) {
        try {
            context.timing()
                    .scheduler()
                    .schedule(step, backoff.pause(context.random()).toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            log.debug("the allocator is closed: what its last writes did, their claims' time will settle");
        }
    }
}
