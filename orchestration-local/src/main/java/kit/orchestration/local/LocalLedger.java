package kit.orchestration.local;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import kit.orchestration.AllocateReq;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.Pod;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.Timing;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.token.VerificationKey;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which slot of a pool: the one truth that its allocators and pods share, as the API server is on a cluster.
 * Every write tests what it assumes. Allocators and pods that watch are told after the lock is released.
 */
final class LocalLedger {

    /** How a claim ended: lost if there is none; a twin if it is an earlier one of the same request. */
    record Outcome(@Nullable Claim claim, boolean twin) {}

    private static final Outcome LOST = new Outcome(null, false);

    private final String pool;
    private final LocalStore store;
    private final Timing timing;

    /** Guards all below, and all that the records and claims hold. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<PodRecord> pods = new ArrayList<>();
    private final Map<String, Held> bySession = new HashMap<>();
    private final Map<String, Held> byRequest = new HashMap<>();
    private final List<LocalPool> watchers = new ArrayList<>();

    LocalLedger(String pool, LocalStore store) {
        this.pool = pool;
        this.store = store;
        this.timing = store.timing();
    }

    String pool() {
        return pool;
    }

    Optional<VerificationKey> key(String kid) {
        return store.key(kid);
    }

    // ---- allocators ----

    /** Begins to tell an allocator of the pods and slots here. */
    void watch(LocalPool watcher) {
        write(news -> {
            watchers.add(watcher);
            pods.forEach(record -> introduce(record, watcher, news));
        });
    }

    void unwatch(LocalPool watcher) {
        write(news -> {
            watchers.remove(watcher);
            pods.forEach(record -> record.seenBy.remove(watcher));
        });
    }

    /** Holds a reserved slot, if it is as the allocator saw it; if not, the allocator is told how it is. */
    Outcome claim(PodRecord record, Reservation<PodRecord> reservation, LocalPool by) {
        AllocateReq request = reservation.request();
        int slot = reservation.slot();
        Deferred news = new Deferred();
        lock.lock();
        try {
            Held twin = twin(request);
            if (twin != null) {
                return new Outcome(twin.claim(), true);
            }
            if (record.removed || record.state != PodState.READY || record.version(slot) != reservation.version()) {
                tellAll(record, slot, by, news);
                return LOST;
            }
            Held held = new Held(record, slot, reservation.sessionId(), request, timing.clock().instant());
            record.held[slot] = held;
            bySession.put(held.sessionId, held);
            if (request.requestId() != null) {
                byRequest.put(request.requestId(), held);
                watchers.forEach(watcher -> news.add(() -> watcher.engine().requestSeen(request.requestId())));
            }
            if (record.platform != null) {
                record.platform.tell(listener -> listener.claimed(held.sdkClaim()), news);
            } else {
                news.add(() -> startExpiry(held));
            }
            tellOfSlot(record, slot, by, news);
            return new Outcome(held.claim(), false);
        } finally {
            lock.unlock();
            news.run();
        }
    }

    /** The live session of a request id, with a share in it for the caller. */
    @Nullable Claim existing(AllocateReq request) {
        lock.lock();
        try {
            Held twin = twin(request);
            return twin == null ? null : twin.claim();
        } finally {
            lock.unlock();
        }
    }

    /** A claim that nobody has taken goes back, unless another try has a share in it. */
    void giveBack(String sessionId) {
        write(news -> {
            Held held = bySession.get(sessionId);
            if (held != null && --held.shares <= 0) {
                free(held, news);
                LocalPlatform platform = held.record.platform;
                if (platform != null) {
                    platform.tell(listener -> listener.gone(sessionId), news);
                }
            }
        });
    }

    /** A claim whose answer nobody got: only a retry with its request id comes by it. */
    void forgetShare(String sessionId) {
        write(news -> {
            Held held = bySession.get(sessionId);
            if (held != null) {
                held.shares--;
            }
        });
    }

    /** Ends a session from outside: its pod is told, and frees it; a pod that has no process has nobody to tell. */
    void release(String sessionId) {
        write(news -> {
            Held held = bySession.get(sessionId);
            if (held == null) {
                return;
            }
            LocalPlatform platform = held.record.platform;
            if (platform == null) {
                free(held, news);
            } else {
                platform.tell(listener -> listener.revoked(sessionId), news);
            }
        });
    }

    /** The slot as it is now, for an allocator that is not certain. */
    long version(PodRecord record, int slot) {
        lock.lock();
        try {
            return record.version(slot);
        } finally {
            lock.unlock();
        }
    }

    // ---- pods ----

    void add(LocalPod pod, String name) {
        PodRecord record = new PodRecord(name, pod, store.newAudience(name));
        if (!pod.join(new LocalPod.Membership(this, record))) {
            throw new IllegalArgumentException("%s is in a pool already: remove it from there first".formatted(pod));
        }
        write(news -> {
            pods.add(record);
            watchers.forEach(watcher -> introduce(record, watcher, news));
        });
    }

    /** Removes a pod, and the sessions it held. */
    void remove(PodRecord record) {
        write(news -> {
            if (!record.removed) {
                pods.remove(record);
                record.removed = true;
                freeAll(record, news);
                record.seenBy.forEach((watcher, seen) -> news.add(() -> watcher.engine().remove(seen)));
            }
        });
        record.pod.leave();
    }

    /** A new process runs in the pod: what an earlier one held is free. Gives the audience of its tokens. */
    String boot(PodRecord record, LocalPlatform platform) {
        String audience = store.newAudience(record.name);
        write(news -> {
            checkNotRemoved(record);
            record.platform = platform;
            record.audience = audience;
            freeAll(record, news);
            setState(record, PodState.NOT_READY, news);
        });
        return audience;
    }

    /** The pod's process says whether it takes sessions; that it drains it can't take back. */
    void setState(PodRecord record, LocalPlatform platform, PodState state) {
        write(news -> {
            checkNotRemoved(record);
            if (record.platform == platform && record.state != PodState.DRAINING) {
                setState(record, state, news);
            }
        });
    }

    /** The pod's process frees a slot; nothing happens if the session does not hold it any more. */
    void free(PodRecord record, LocalPlatform platform, String sessionId) {
        write(news -> {
            Held held = bySession.get(sessionId);
            if (held != null && held.record == record && record.platform == platform) {
                free(held, news);
            }
        });
    }

    /** A claim as the pod's process reads it. */
    Optional<kit.orchestration.sdk.Claim> find(PodRecord record, LocalPlatform platform, String sessionId) {
        lock.lock();
        try {
            Held held = bySession.get(sessionId);
            return held != null && held.record == record && record.platform == platform
                    ? Optional.of(held.sdkClaim())
                    : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** The pod's process has ended in good order: what it has not freed is free. */
    void leave(PodRecord record, LocalPlatform platform) {
        write(news -> {
            if (record.platform == platform && !record.removed) {
                record.platform = null;
                freeAll(record, news);
                setState(record, PodState.NOT_READY, news);
            }
        });
    }

    // ---- inside ----

    private interface Write {
        void apply(Deferred news);
    }

    private void write(Write change) {
        Deferred news = new Deferred();
        lock.lock();
        try {
            change.apply(news);
        } finally {
            lock.unlock();
        }
        news.run();
    }

    /** Counts the time of a claim in a pod that has no process to do so. Not under the lock. */
    private void startExpiry(Held held) {
        Future<?> expiry;
        try {
            expiry = timing.scheduler()
                    .schedule(() -> expire(held), held.ttl().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            return; // The last allocator is closed: nobody is left to whom a free slot would matter.
        }
        lock.lock();
        try {
            if (bySession.get(held.sessionId) == held) {
                held.expiry = expiry;
                return;
            }
        } finally {
            lock.unlock();
        }
        expiry.cancel(false);
    }

    private void expire(Held held) {
        write(news -> {
            if (bySession.get(held.sessionId) == held) {
                free(held, news);
            }
        });
    }

    private @Nullable Held twin(AllocateReq request) {
        Held twin = request.requestId() == null ? null : byRequest.get(request.requestId());
        if (twin == null) {
            return null;
        }
        if (!twin.isFor(request)) {
            throw new RequestConflictException(request);
        }
        twin.shares++;
        return twin;
    }

    private void freeAll(PodRecord record, Deferred news) {
        for (Held held : record.held.clone()) {
            if (held != null) {
                free(held, news);
            }
        }
    }

    private void free(Held held, Deferred news) {
        PodRecord record = held.record;
        record.held[held.slot] = null;
        record.uses[held.slot]++;
        bySession.remove(held.sessionId);
        if (held.request.requestId() != null) {
            byRequest.remove(held.request.requestId(), held);
        }
        Future<?> expiry = held.expiry;
        if (expiry != null) {
            news.add(() -> expiry.cancel(false));
        }
        tellOfSlot(record, held.slot, null, news);
    }

    private static void setState(PodRecord record, PodState state, Deferred news) {
        record.state = state;
        record.revision++;
        record.seenBy.forEach((watcher, seen) -> tellOfState(record, watcher, seen, news));
    }

    private static void introduce(PodRecord record, LocalPool watcher, Deferred news) {
        Pod<PodRecord> seen = watcher.engine().pod(record.name, record, record.versions());
        record.seenBy.put(watcher, seen);
        tellOfState(record, watcher, seen, news);
    }

    private static void tellAll(PodRecord record, int slot, LocalPool watcher, Deferred news) {
        Pod<PodRecord> seen = record.seenBy.get(watcher);
        if (seen != null) {
            long version = record.version(slot);
            news.add(() -> watcher.engine().slotSeen(seen, slot, version));
            tellOfState(record, watcher, seen, news);
        }
    }

    private static void tellOfState(PodRecord record, LocalPool watcher, Pod<PodRecord> seen, Deferred news) {
        PodState state = record.state;
        long revision = record.revision;
        news.add(() -> watcher.engine().update(seen, revision, state, record.pod.labels()));
    }

    private static void tellOfSlot(PodRecord record, int slot, @Nullable LocalPool except, Deferred news) {
        long version = record.version(slot);
        record.seenBy.forEach((watcher, seen) -> {
            if (watcher != except) {
                news.add(() -> watcher.engine().slotSeen(seen, slot, version));
            }
        });
    }

    private static void checkNotRemoved(PodRecord record) {
        if (record.removed) {
            throw new PlatformException("the pod %s was removed from its pool".formatted(record.name), null);
        }
    }
}
