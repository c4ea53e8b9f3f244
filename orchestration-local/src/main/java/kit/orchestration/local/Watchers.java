package kit.orchestration.local;

import java.util.ArrayList;
import java.util.List;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Reservation;
import org.jspecify.annotations.Nullable;

/**
 * The allocators that watch a ledger. What is set down here under the {@link LocalLedger}'s lock is told after it, in
 * that order; an allocator that is told late or twice loses nothing, since versions and revisions only grow.
 */
final class Watchers {

    private final List<LocalPool> watchers = new ArrayList<>();

    void add(LocalPool watcher, List<PodRecord> pods, Deferred news) {
        watchers.add(watcher);
        pods.forEach(record -> introduce(record, watcher, news));
    }

    void remove(LocalPool watcher, List<PodRecord> pods) {
        watchers.remove(watcher);
        pods.forEach(record -> record.seenBy.remove(watcher));
    }

    void podAdded(PodRecord record, Deferred news) {
        watchers.forEach(watcher -> introduce(record, watcher, news));
    }

    void podRemoved(PodRecord record, Deferred news) {
        record.seenBy.forEach((watcher, seen) -> news.add(() -> watcher.engine().remove(seen)));
    }

    void stateChanged(PodRecord record, Deferred news) {
        record.seenBy.forEach((watcher, seen) -> tellOfState(record, watcher, seen, news));
    }

    /** A slot was claimed or freed; {@code except} knows already. */
    void slotChanged(PodRecord record, int slot, @Nullable LocalPool except, Deferred news) {
        long version = record.version(slot);
        record.seenBy.forEach((watcher, seen) -> {
            if (watcher != except) {
                news.add(() -> watcher.engine().slotSeen(seen, slot, version));
            }
        });
    }

    /** Tells an allocator how all its pods are. */
    void tellAll(List<PodRecord> pods, LocalPool watcher, Deferred news) {
        for (PodRecord record : pods) {
            Pod<PodRecord> seen = record.seenBy.get(watcher);
            if (seen != null) {
                long[] versions = record.versions();
                news.add(() -> watcher.engine().slotsSeen(seen, versions));
                tellOfState(record, watcher, seen, news);
            }
        }
    }

    void requestClaimed(String requestId, Deferred news) {
        watchers.forEach(watcher -> news.add(() -> watcher.engine().requestSeen(requestId)));
    }

    /**
     * Tells the allocator of a reservation how things are, whether it watches still or not, so that it does not reserve
     * the same again for ever.
     */
    void correct(Reservation<PodRecord> reservation, PodRecord record, LocalPool by, Deferred news) {
        Pod<PodRecord> seen = reservation.pod();
        if (record.removed) {
            news.add(() -> by.engine().remove(seen));
            return;
        }
        int slot = reservation.slot();
        long version = record.version(slot);
        news.add(() -> by.engine().slotSeen(seen, slot, version));
        tellOfState(record, by, seen, news);
    }

    private static void introduce(PodRecord record, LocalPool watcher, Deferred news) {
        Pod<PodRecord> seen = watcher.engine().pod(record.name, record, record.versions());
        record.seenBy.put(watcher, seen);
        tellOfState(record, watcher, seen, news);
    }

    private static void tellOfState(PodRecord record, LocalPool watcher, Pod<PodRecord> seen, Deferred news) {
        PodState state = record.state;
        long revision = record.revision;
        news.add(() -> watcher.engine().update(seen, revision, state, record.pod.labels()));
    }
}
