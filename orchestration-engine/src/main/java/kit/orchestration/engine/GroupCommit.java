package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.LongSupplier;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;

/**
 * Group commit: while a pod's write is under way, reservations for it gather, and its next write carries them all. At rest
 * a reservation departs at once. Guarded by the pool's lock; the writes themselves are deferred.
 */
final class GroupCommit<H> {

    private final GroupLimit limit;
    private final boolean gathers;
    private final Committer<H> committer;
    private final Pool<H> pool;
    /** Pods with something gathered and no write of their own under way, that wait for one of the writers. */
    private final Queue<Pod<H>> ready = new ArrayDeque<>();

    private final LongSupplier nanoTime;

    private int writing;
    private boolean departing;

    GroupCommit(GroupLimit limit, Committer<H> committer, Pool<H> pool, LongSupplier nanoTime) {
        this.limit = limit;
        this.gathers = !limit.equals(GroupLimit.NONE);
        this.committer = committer;
        this.pool = pool;
        this.nanoTime = nanoTime;
    }

    /** Whether what gathers for the pod has waited for so long that another pod should be opened. */
    boolean isStale(Pod<H> pod) {
        return !pod.gathered.isEmpty()
                && nanoTime.getAsLong() - pod.gatheringSince > limit.age().toNanos();
    }

    /** No more for this batch: the pod has no room until it has departed. */
    void block(Pod<H> pod) {
        pod.blocked = true;
        pool.changed(pod);
    }

    void add(Reservation<H> reservation, Deferred after) {
        Pod<H> pod = reservation.pod();
        if (!gathers) {
            commit(pod, List.of(reservation), after);
            return;
        }
        if (pod.gathered.isEmpty()) {
            pod.gatheringSince = nanoTime.getAsLong();
            if (!pod.writing) {
                ready.add(pod);
            }
        }
        pod.gathered.add(reservation);
        if (pod.gathered.size() >= limit.size()) {
            block(pod);
        }
        depart(after);
    }

    /** A reservation was answered. */
    void answered(Pod<H> pod, Deferred after) {
        if (!gathers || --pod.unanswered > 0) {
            return;
        }
        writing--;
        pod.writing = false;
        if (!pod.gathered.isEmpty()) {
            ready.add(pod);
        }
        depart(after);
    }

    /** Lets go what may. What this leads to may ask for it again: that is left to the loop here, not to the stack. */
    private void depart(Deferred after) {
        if (departing) {
            return;
        }
        departing = true;
        try {
            while (writing < limit.writers() && !ready.isEmpty()) {
                depart(ready.remove(), after);
            }
        } finally {
            departing = false;
        }
    }

    private void depart(Pod<H> pod, Deferred after) {
        List<Reservation<H>> batch = new ArrayList<>(pod.gathered.size());
        List<Reservation<H>> unwanted = new ArrayList<>(0);
        for (Reservation<H> reservation : pod.gathered) {
            (reservation.call().isSettled() ? unwanted : batch).add(reservation);
        }
        pod.gathered = new ArrayList<>();
        if (!batch.isEmpty()) {
            pod.writing = true;
            pod.unanswered = batch.size();
            writing++;
            commit(pod, batch, after);
        }
        pod.blocked = false;
        pool.departed(pod, unwanted, after);
    }

    private void commit(Pod<H> pod, List<Reservation<H>> batch, Deferred after) {
        for (Reservation<H> reservation : batch) {
            reservation.departure = after;
        }
        after.add(() -> {
            try {
                committer.commit(pod.handle(), batch);
            } catch (RuntimeException | Error broken) {
                batch.forEach(reservation -> reservation.failed(error(reservation, broken)));
            }
        });
    }

    /** The slots may be tried again: every write tests what it assumes. */
    private BackendException error(Reservation<H> reservation, Throwable broken) {
        return new BackendException(
                "the backend threw; please report this",
                pool.name(),
                reservation.request(),
                Outcome.UNKNOWN,
                false,
                broken);
    }
}
