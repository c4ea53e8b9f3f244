package kit.orchestration.k8s.view;

import java.time.Duration;
import java.util.List;
import kit.orchestration.k8s.view.KnownPod.Standing;
import kit.orchestration.k8s.view.PoolNews.Change;
import kit.orchestration.ledger.lease.Lease;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Quiet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the pools what follows from what has changed: each thing once, to one pool. Confined to the loop. */
final class Reporter {

    private static final Logger log = LoggerFactory.getLogger(Reporter.class);

    /** What the pools were told of a pod. */
    static final class Shown {

        /** A pod that changes its mind all the time has a line of the log no more often. */
        private static final Duration SAID = Duration.ofMinutes(1);

        private @Nullable String place;
        private @Nullable String directory;
        /** Whether the pod itself was known, too, when its pool was told of its sessions. */
        private boolean withPod;

        private int story;
        private int capacity;
        private boolean orphaned;
        private final Quiet fault = new Quiet(0, SAID);
    }

    private final Loop loop;
    private final ClusterNews pools;

    Reporter(Loop loop, ClusterNews pools) {
        this.loop = loop;
        this.pools = pools;
    }

    /**
     * A pod is not what it was.
     *
     * @param changes what holds its slots now
     * @param listed whether all pods and Leases are known
     */
    void settle(KnownPod pod, List<Change> changes, boolean listed) {
        sessions(pod, changes);
        slots(pod);
        say(pod);
        if (listed) {
            care(pod);
            String directory = pod.directory();
            if (directory != null && pod.standing() == Standing.ASK) {
                pools.known(directory); // its pod may live, and have been taken out of it
            }
        }
    }

    private void sessions(KnownPod pod, List<Change> changes) {
        Shown shown = pod.shown;
        String directory = pod.directory();
        if (!changes.isEmpty() && shown.directory != null) {
            pools.named(shown.directory).slots(pod, changes, pod.listing(), pod.isToldInTurn());
        }
        if (shown.directory != null && !shown.directory.equals(directory)) {
            pools.named(shown.directory).slots(pod, pod.holders().ended(), 0, false);
        }
        boolean withPod = pod.pod() != null;
        if (directory != null && (!directory.equals(shown.directory) || withPod != shown.withPod)) {
            pools.named(directory).slots(pod, pod.holders().all(), pod.listing(), false);
        }
        shown.directory = directory;
        shown.withPod = withPod;
    }

    private void slots(KnownPod pod) {
        Shown shown = pod.shown;
        String place = pod.place();
        int story = pod.holders().story();
        int capacity = pod.capacity();
        if (place != null && place.equals(shown.place) && shown.story == story && shown.capacity == capacity) {
            pools.known(place).changed(pod);
            return;
        }
        if (shown.place != null) {
            pools.known(shown.place).left(pod);
        }
        shown.place = place;
        shown.story = story;
        shown.capacity = capacity;
        if (place != null) {
            pools.known(place).joined(pod);
        }
    }

    private void say(KnownPod pod) {
        PodFacts view = pod.pod();
        if (view != null && isNews(pod)) {
            log.warn("pool {}: pod {} takes no sessions: {}", view.pool(), view.name(), pod.fault());
        }
    }

    /** Whether what is wrong with the pod is to be said now: when it is another, or has come back. */
    boolean isNews(KnownPod pod) {
        String fault = pod.fault();
        if (fault == null) {
            pod.shown.fault.isOver();
        }
        return fault != null && pod.shown.fault.isNews(fault, loop.nanoTime());
    }

    private void care(KnownPod pod) {
        Lease lease = pod.told();
        PodFacts view = pod.pod();
        boolean orphaned = lease != null && !pod.isHere();
        if (orphaned && !pod.shown.orphaned && lease != null) {
            pools.orphaned(lease);
        }
        pod.shown.orphaned = orphaned;
        if (lease == null && view != null && pod.isHere()) {
            pools.lacksLease(view);
        }
    }
}
