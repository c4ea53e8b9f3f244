package kit.orchestration.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

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

    private int writing;

    GroupCommit(GroupLimit limit, Committer<H> committer, Pool<H> pool) {
        this.limit = limit;
        this.gathers = !limit.equals(GroupLimit.NONE);
        this.committer = committer;
        this.pool = pool;
    }

    /** Whether what gathers for the pod has waited for so long that another pod should be opened. */
    boolean isStale(Pod<H> pod) {
        return !pod.gathered.isEmpty() && System.nanoTime() - pod.gatheringSince > limit.age().toNanos();
    }

    /** No more for this batch: the pod has no room until it has departed. */
    void block(Pod<H> pod) {
        pod.blocked = true;
        pool.changed(pod);
    }

    void add(Reservation<H> reservation, Deferred after) {
        Pod<H> pod = reservation.pod();
        if (!gathers) {
            after.add(() -> committer.commit(pod.handle(), List.of(reservation)));
            return;
        }
        if (pod.gathered.isEmpty()) {
            pod.gatheringSince = System.nanoTime();
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

    private void depart(Deferred after) {
        while (writing < limit.writers() && !ready.isEmpty()) {
            Pod<H> pod = ready.remove();
            List<Reservation<H>> batch = pod.gathered;
            pod.gathered = new ArrayList<>();
            batch.removeIf(reservation -> {
                boolean unwanted = reservation.call().isSettled();
                if (unwanted) {
                    pool.drop(reservation, after);
                }
                return unwanted;
            });
            if (!batch.isEmpty()) {
                pod.writing = true;
                pod.unanswered = batch.size();
                writing++;
                after.add(() -> committer.commit(pod.handle(), batch));
            }
            pod.blocked = false;
            pool.changed(pod);
            pool.offer(pod, after);
        }
    }
}
