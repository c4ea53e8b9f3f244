package kit.orchestration.k8s;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.token.LedgerFormatException;
import kit.orchestration.token.LedgerSlot;
import kit.orchestration.token.LedgerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod and its Lease, joined by the pod's uid, from when the Lease is first seen until either is gone: the handle that
 * the engine holds of it. News comes from the watches and from reads, in any order; of each object the highest
 * resourceVersion counts.
 */
final class PodLedger {

    private static final Logger log = LoggerFactory.getLogger(PodLedger.class);

    final String podName;
    final String podUid;
    final String leaseName;
    final String leaseUid;

    /** Guards the fields below. Nothing is called under it. */
    private final ReentrantLock lock = new ReentrantLock();

    private PodView pod;
    private LeaseView lease;
    private long revision;
    private final long[] versions;

    PodLedger(PodView pod, LeaseView lease) {
        this.podName = pod.name();
        this.podUid = pod.uid();
        this.leaseName = lease.name();
        this.leaseUid = lease.uid();
        this.pod = pod;
        this.lease = lease;
        this.versions = new long[lease.slots().length];
        read(null, lease);
    }

    /** What the engine is told. */
    record News(long revision, PodState state, PodView pod, long[] versions) {}

    /** The newest Lease that was seen. */
    LeaseView lease() {
        lock.lock();
        try {
            return lease;
        } finally {
            lock.unlock();
        }
    }

    PodView pod() {
        lock.lock();
        try {
            return pod;
        } finally {
            lock.unlock();
        }
    }

    News now() {
        lock.lock();
        try {
            return news();
        } finally {
            lock.unlock();
        }
    }

    /** News of the pod; null if it is older than what is known. */
    @Nullable News seen(PodView newer) {
        lock.lock();
        try {
            if (newer.version() <= pod.version()) {
                return null;
            }
            pod = newer;
            revision++;
            return news();
        } finally {
            lock.unlock();
        }
    }

    /** News of the Lease; null if it is older than what is known. */
    @Nullable News seen(LeaseView newer) {
        lock.lock();
        try {
            if (newer.version() <= lease.version()) {
                return null;
            }
            LeaseView older = lease;
            lease = newer;
            read(older, newer);
            revision++;
            return news();
        } finally {
            lock.unlock();
        }
    }

    private News news() {
        return new News(revision, state(), pod, versions.clone());
    }

    private PodState state() {
        if (pod.leaving()) {
            return PodState.DRAINING;
        }
        if (!pod.ready() || pod.address() == null) {
            return PodState.NOT_READY;
        }
        String text = lease.state();
        try {
            return text != null && LedgerState.parse(text) instanceof LedgerState.Open
                    ? PodState.READY
                    : PodState.DRAINING;
        } catch (LedgerFormatException unreadable) {
            return PodState.NOT_READY;
        }
    }

    private void read(@Nullable LeaseView older, LeaseView newer) {
        for (int slot = 0; slot < versions.length; slot++) {
            String text = slot < newer.slots().length ? newer.slots()[slot] : null;
            String before = older == null || slot >= older.slots().length ? null : older.slots()[slot];
            if (older == null || !Objects.equals(text, before)) {
                versions[slot] = version(text, versions[slot]);
            }
        }
    }

    /** A slot that can't be read counts as held, until it can. */
    private long version(@Nullable String text, long before) {
        if (text == null) {
            return before | 1;
        }
        try {
            LedgerSlot slot = LedgerSlot.parse(text);
            return 2 * slot.uses() + (slot instanceof LedgerSlot.Held ? 1 : 0);
        } catch (LedgerFormatException unreadable) {
            log.warn("lease {} has a slot that can't be read, and is left alone: {}", leaseName, unreadable.getMessage());
            return before | 1;
        }
    }

    @Override
    public String toString() {
        return "PodLedger[" + podName + ", " + Arrays.toString(versions) + "]";
    }
}
