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
 * what is reserved in one turn of the pool's lock departs at the end of it. Guarded by that lock; the writes themselves are
 * deferred.
 */
final class GroupCommit<H> {

    private final String poolName;
    private final GroupLimit limit;
    private final boolean gathers;
    private final LongSupplier nanoTime;
    private final Committer<H> committer;
    private final Matching<H> matching;
    /** Pods with something gathered and no write of their own under way, that wait for one of the writers. */
    private final Queue<Pod<H>> ready = new ArrayDeque<>();

    private int writing;

    GroupCommit(Pool.Settings settings, Committer<H> committer, Matching<H> matching) {
        poolName = settings.name();
        limit = settings.groupLimit();
        gathers = !limit.equals(GroupLimit.NONE);
        nanoTime = settings.nanoTime();
        this.committer = committer;
        this.matching = matching;
    }

    /**
     * Whether what gathers for the pod has just become too old: another pod should be opened, if there is one. If there is
     * none it goes on gathering, since the next write of this pod is the first that could take it. Nor does it age while all
     * writers are busy: another pod would have to wait for one of them, too.
     */
    boolean ages(Pod<H> pod) {
        if (pod.aged
                || pod.gathered.isEmpty()
                || writing >= limit.writers()
                || nanoTime.getAsLong() - pod.gatheringSince <= limit.age().toNanos()) {
            return false;
        }
        pod.aged = true;
        return true;
    }

    /** Takes a reservation in; the pod may have become blocked by it. */
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
        pod.blocked = pod.gathered.size() >= limit.size();
    }

    /** A reservation was answered. */
    void answered(Pod<H> pod) {
        if (!gathers || --pod.unanswered > 0) {
            return;
        }
        writing--;
        pod.writing = false;
        if (!pod.gathered.isEmpty()) {
            ready.add(pod);
        }
    }

    /** Lets go what may, at the end of a turn; also what room that leads to. */
    void depart(Deferred after) {
        while (writing < limit.writers() && !ready.isEmpty()) {
            depart(ready.remove(), after);
        }
    }

    private void depart(Pod<H> pod, Deferred after) {
        List<Reservation<H>> batch = new ArrayList<>(pod.gathered.size());
        List<Reservation<H>> unwanted = new ArrayList<>(0);
        for (Reservation<H> reservation : pod.gathered) {
            (reservation.isWanted() ? batch : unwanted).add(reservation);
        }
        pod.gathered = new ArrayList<>();
        if (!batch.isEmpty()) {
            pod.writing = true;
            pod.unanswered = batch.size();
            writing++;
            commit(pod, batch, after);
        }
        pod.blocked = false;
        pod.aged = false;
        matching.departed(pod, unwanted, after);
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
                poolName,
                reservation.request(),
                Outcome.UNKNOWN,
                false,
                broken);
    }
}
