package kit.orchestration.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import kit.orchestration.AllocateReq;
import kit.orchestration.PodAddress;
import kit.orchestration.RequestConflictException;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Deferred;
import kit.orchestration.engine.PodState;
import kit.orchestration.engine.Reservation;
import kit.orchestration.engine.Timing;
import kit.orchestration.sdk.PlatformException;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which slot of a pool: the one truth that its allocators and pods share, as the API server is on a cluster.
 * Every write tests what it assumes. Allocators and pods that watch are told after the lock is released.
 */
@SuppressWarnings("GuardedBy") // Error Prone does not follow a lock into the lambda that runs under it
final class LocalLedger {

    /** How a claim ended: lost if there is none; a twin if it is an earlier one of the same request. */
    record Outcome(@Nullable Claim claim, boolean twin) {}

    static final Outcome LOST = new Outcome(null, false);

    private final String pool;
    private final LocalStore store;
    private final Timing timing;

    /** Changes that were made, and of which not everybody who watches was told yet. */
    private final AtomicInteger untold = new AtomicInteger();

    /** Guards all below, and all that the records and claims hold. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<PodRecord> pods = new ArrayList<>();

    @GuardedBy("lock")
    private final HeldIndex claims = new HeldIndex();

    @GuardedBy("lock")
    private final Watchers watchers = new Watchers();

    LocalLedger(String pool, LocalStore store) {
        this.pool = pool;
        this.store = store;
        this.timing = store.timing();
    }

    String pool() {
        return pool;
    }

    LocalStore store() {
        return store;
    }

    // ---- allocators ----

    /** Begins to tell an allocator of the pods and slots here. */
    void watch(LocalPool watcher) {
        write(news -> watchers.add(watcher, pods, news));
    }

    void unwatch(LocalPool watcher) {
        write(news -> watchers.remove(watcher, pods));
    }

    /** Tells an allocator how all is now, unless it was told, or knows by a claim of its own. */
    void tellAll(LocalPool watcher) {
        decide(news -> {
            if (untold.get() > 0) {
                watchers.tellAll(pods, watcher, news);
            }
            return true;
        });
    }

    /**
     * Holds a reserved slot, if it is as the allocator saw it; if not, the allocator is told how it is.
     *
     * @throws RequestConflictException if an earlier try of the same request id had other contents
     */
    Outcome claim(PodRecord record, Reservation<PodRecord> reservation, LocalPool by) {
        AllocateReq request = reservation.request();
        AllocateReq contents = contents(request);
        int slot = reservation.slot();
        Instant now = timing.clock().instant();
        return decide(news -> {
            Held twin = twin(request, contents);
            if (twin != null) {
                return new Outcome(twin.claim(), true);
            }
            if (record.removed || record.state != PodState.READY || record.version(slot) != reservation.version()) {
                watchers.correct(reservation, record, by, news);
                return LOST;
            }
            Held held = new Held(record, slot, reservation.sessionId(), contents, now);
            record.held[slot] = held;
            claims.add(held);
            if (contents.requestId() != null) {
                watchers.requestClaimed(contents.requestId(), news);
            }
            if (record.platform != null) {
                record.platform.tell(listener -> listener.claimed(held.sdkClaim()), news);
            } else {
                news.add(() -> startExpiry(held));
            }
            watchers.slotChanged(record, slot, by, news);
            return new Outcome(held.claim(), false);
        });
    }

    /**
     * The live session of a request id, with a share in it for the caller.
     *
     * @throws RequestConflictException if that session's request had other contents
     */
    Outcome existing(AllocateReq request) {
        AllocateReq contents = contents(request);
        return decide(news -> {
            Held twin = twin(request, contents);
            return twin == null ? LOST : new Outcome(twin.claim(), true);
        });
    }

    /** A claim that nobody has taken goes back, unless another try has a share in it. */
    void giveBack(String sessionId) {
        write(news -> {
            Held held = claims.get(sessionId);
            if (held != null && --held.shares <= 0) {
                free(held, news);
                tellGone(held, news);
            }
        });
    }

    /** A claim whose answer nobody got: only a retry with its request id comes by it. */
    void forgetShare(String sessionId) {
        write(news -> {
            Held held = claims.get(sessionId);
            if (held != null) {
                held.shares--;
            }
        });
    }

    /**
     * Ends a session from outside: its pod is told, and frees it; a pod that has no process has nobody to tell. The
     * stage is complete when that is done.
     */
    CompletionStage<?> release(String sessionId) {
        CompletableFuture<String> done = new CompletableFuture<>();
        write(news -> {
            Held held = claims.get(sessionId);
            LocalPlatform platform = held == null ? null : held.record.platform;
            if (platform != null) {
                platform.tell(listener -> listener.revoked(sessionId), news);
                platform.answer(done, sessionId, news);
                return;
            }
            if (held != null) {
                free(held, news);
            }
            news.add(() -> done.complete(sessionId));
        });
        return done;
    }

    /** The slot as it is now, for an allocator that is not certain. */
    long version(PodRecord record, int slot) {
        return decide(news -> record.version(slot));
    }

    /** Who holds what; a copy. */
    List<Held> held() {
        return decide(news -> claims.all());
    }

    // ---- pods ----

    /** Makes a pod's record, to be {@link #add added} once its ledger is known. Takes no lock. */
    PodRecord join(LocalPod pod, String name) {
        PodRecord record = new PodRecord(this, name, pod, store.newAudience(name));
        if (!pod.join(record)) {
            throw new IllegalArgumentException(
                    "%s is in a pool already: remove it from there first, or make another if that allocator is closed"
                            .formatted(pod));
        }
        return record;
    }

    void add(PodRecord record) {
        write(news -> {
            if (!record.removed) { // since it was joined, by another thread
                pods.add(record);
                watchers.podAdded(record, news);
            }
        });
    }

    /** Removes a pod, and the sessions it held: a process that runs in it nevertheless is told that they are gone. */
    void remove(PodRecord record) {
        write(news -> remove(record, news));
    }

    /** The pod's process asks for the pod's end; one that was replaced has no say in it. */
    void shutdown(PodRecord record, LocalPlatform platform) {
        write(news -> {
            if (record.platform == platform) {
                remove(record, news);
            }
        });
    }

    /**
     * A new process runs in the pod: what an earlier one held is free, and that one is told so, in case it lives. Gives
     * the audience of the new one's tokens. The address is the pod's own until the new one says another.
     */
    String boot(PodRecord record, LocalPlatform platform) {
        String audience = store.newAudience(record.name);
        write(news -> {
            checkNotRemoved(record);
            setState(record, PodState.NOT_READY, news);
            if (record.platform != null) {
                record.platform.lose(news);
                record.platform = null;
            }
            takeBackAll(record, news);
            record.platform = platform;
            record.address = record.pod.address();
            record.audience = audience;
        });
        return audience;
    }

    /**
     * The pod's process says whether it takes sessions; that it drains it can't take back. One that was replaced is
     * told so: what it thinks of itself is no longer true.
     */
    void setState(PodRecord record, LocalPlatform platform, PodState state) {
        write(news -> {
            checkNotRemoved(record);
            checkNotReplaced(record, platform);
            if (record.state != PodState.DRAINING) {
                setState(record, state, news);
            }
        });
    }

    /** The pod's process ends: nobody is given what it frees from now on. */
    void ending(PodRecord record, LocalPlatform platform) {
        write(news -> {
            if (record.platform == platform && !record.removed) {
                setState(record, PodState.DRAINING, news);
            }
        });
    }

    /** The pod's process says where it is to be dialled; one that was replaced is told so. */
    void setAddress(PodRecord record, LocalPlatform platform, PodAddress address) {
        write(news -> {
            checkNotRemoved(record);
            checkNotReplaced(record, platform);
            record.address = address;
        });
    }

    /** The pod's process frees a slot; nothing happens if the session does not hold it any more. */
    void free(PodRecord record, LocalPlatform platform, String sessionId) {
        write(news -> {
            Held held = heldBy(record, platform, sessionId);
            if (held != null) {
                free(held, news);
            }
        });
    }

    /** Tells the pod's process of a claim that it asks for. */
    void find(
            PodRecord record,
            LocalPlatform platform,
            String sessionId,
            CompletableFuture<Optional<kit.orchestration.sdk.ClaimedSlot>> question) {
        write(news -> {
            Held held = heldBy(record, platform, sessionId);
            platform.answer(question, Optional.ofNullable(held).map(Held::sdkClaim), news);
        });
    }

    /** The pod's process has ended in good order: what it has not freed is free. */
    void leave(PodRecord record, LocalPlatform platform) {
        write(news -> {
            if (record.platform == platform && !record.removed) {
                record.platform = null;
                setState(record, PodState.NOT_READY, news);
                takeBackAll(record, news);
            }
        });
    }

    // ---- inside ----

    /** Decides under the lock; what follows from it is done after it. */
    private <T> T decide(Function<Deferred, T> decision) {
        Deferred news = new Deferred();
        T decided;
        lock.lock();
        try {
            decided = decision.apply(news);
        } finally {
            lock.unlock();
        }
        news.run();
        return decided;
    }

    /** A change, but for claims: those give no room. */
    private void write(Consumer<Deferred> change) {
        decide(news -> {
            change.accept(news);
            untold.incrementAndGet();
            news.add(untold::decrementAndGet);
            return true;
        });
    }

    /** All that a session is made of, so not how long to wait: what tries of one request id have in common. */
    private static AllocateReq contents(AllocateReq request) {
        return request.requestId() == null
                ? request
                : request.toBuilder().maxWait(Duration.ZERO).build();
    }

    private @Nullable Held heldBy(PodRecord record, LocalPlatform platform, String sessionId) {
        Held held = claims.get(sessionId);
        return held != null && held.record == record && record.platform == platform ? held : null;
    }

    private @Nullable Held twin(AllocateReq request, AllocateReq contents) {
        Held twin = claims.twin(contents);
        if (twin != null && !twin.request.equals(contents)) {
            throw new RequestConflictException(request);
        }
        if (twin != null) {
            twin.shares++;
        }
        return twin;
    }

    /** Counts the time of a claim in a pod that has no process to do so. Not under the lock. */
    private void startExpiry(Held held) {
        try {
            held.expiry.complete(
                    timing.scheduler().schedule(() -> expire(held), held.ttl().toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException closed) {
            // The last allocator is closed: nobody is left to whom a free slot would matter.
        }
    }

    private void expire(Held held) {
        write(news -> {
            if (claims.contains(held)) {
                free(held, news);
            }
        });
    }

    private void remove(PodRecord record, Deferred news) {
        if (!record.removed) {
            pods.remove(record);
            record.removed = true;
            // Before its slots are seen to be free, so that no waiter reserves one.
            watchers.podRemoved(record, news);
            takeBackAll(record, news);
            record.pod.leave(record);
        }
    }

    private void takeBackAll(PodRecord record, Deferred news) {
        for (Held held : record.held.clone()) {
            if (held != null) {
                tellGone(held, news);
                free(held, news);
            }
        }
    }

    private static void tellGone(Held held, Deferred news) {
        LocalPlatform platform = held.record.platform;
        if (platform != null) {
            platform.tell(listener -> listener.gone(held.sessionId), news);
        }
    }

    private void free(Held held, Deferred news) {
        PodRecord record = held.record;
        record.held[held.slot] = null;
        record.uses[held.slot]++;
        claims.remove(held);
        news.add(() -> held.expiry.thenAccept(timer -> timer.cancel(false)));
        watchers.slotChanged(record, held.slot, null, news);
    }

    private void setState(PodRecord record, PodState state, Deferred news) {
        record.state = state;
        record.revision++;
        watchers.stateChanged(record, news);
    }

    private static void checkNotReplaced(PodRecord record, LocalPlatform platform) {
        if (record.platform != platform) {
            throw new PlatformException(
                    "another process has taken over the pod " + record.name + ": close this game server", null);
        }
    }

    private static void checkNotRemoved(PodRecord record) {
        if (record.removed) {
            throw new PlatformException("the pod " + record.name + " was removed from its pool", null);
        }
    }
}
