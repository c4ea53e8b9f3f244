package kit.orchestration.local;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.AllocatorClosedException;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Limits;
import kit.orchestration.PoolStatus;
import kit.orchestration.Token;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.engine.AllocatorEngine;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Placer;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.token.TokenClaims;
import org.jspecify.annotations.Nullable;

/**
 * Allocates slots of pods in this process. It keeps every rule of the contract; tokens are signed with a key made when
 * it starts. Several of them can share their pods, as matchmaker processes on a cluster do: see {@link #peer()}.
 *
 * <pre>{@code
 * LocalAllocator allocator = LocalAllocator.create();
 * allocator.addPod("duel", LocalPod.withoutSdk("127.0.0.1:7777", 8)); // no game server runs there, as in a test
 * Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
 * }</pre>
 *
 * <p>With room, no call blocks; nothing here does I/O. A release is done when the pod has freed the slot, so a game
 * server's callback on the caller's own thread ({@code executor(Runnable::run)}) uses {@link #releaseAsync} for
 * sessions of other pods: two that wait for each other would do so until their time-outs.
 */
public final class LocalAllocator implements Allocator {

    private final Settings settings;
    private final LocalStore store;
    private final @Nullable ExecutorService ownExecutor;
    private final PlannedFailures failures = new PlannedFailures();
    private final SessionIds sessionIds;
    private final int firstSlot;
    private final AllocatorEngine engine;
    /** This allocator's view of each pool that it was asked for. */
    private final Map<String, LocalPool> pools = new ConcurrentHashMap<>();

    /** What an allocator and its peers are made by; a builder that is used again does not change it. */
    record Settings(
            Placement placement,
            int waitingLimit,
            Duration callTimeout,
            AllocatorListener listener,
            @Nullable Executor executor,
            RandomGenerator random) {}

    LocalAllocator(Settings settings, LocalStore store) {
        this.settings = settings;
        this.store = store;
        synchronized (settings) { // peers draw from the same source, which need not be safe for several threads
            sessionIds = new SessionIds(settings.random);
            firstSlot = settings.random.nextInt(Limits.CAPACITY);
        }
        ownExecutor = settings.executor == null ? threads() : null;
        engine = new AllocatorEngine(
                new EngineBackend(),
                store.timing(),
                settings.callTimeout,
                settings.executor == null ? Objects.requireNonNull(ownExecutor) : settings.executor,
                settings.listener);
    }

    /** An allocator with the defaults of {@link LocalAllocatorBuilder}. */
    public static LocalAllocator create() {
        return builder().build();
    }

    /** Settings for an allocator. */
    public static LocalAllocatorBuilder builder() {
        return new LocalAllocatorBuilder();
    }

    /**
     * Another allocator over the same pods, with the same settings, as a second matchmaker process would have: they
     * know nothing of each other but what the pods' ledger says. To be closed by itself.
     *
     * @throws IllegalStateException if this allocator and all its peers are closed
     */
    public LocalAllocator peer() {
        if (!store.join()) {
            throw new IllegalStateException("this allocator and all its peers are closed: build a new one");
        }
        return new LocalAllocator(settings, store);
    }

    /**
     * Adds a pod to a pool, which is known from then on. It takes sessions as soon as its game server says ready; a pod
     * {@link LocalPod#withoutSdk without SDK} does so at once.
     *
     * @throws IllegalArgumentException if the pod is in a pool already, or the pool's name is not valid
     */
    public void addPod(String pool, LocalPod pod) {
        Limits.checkPool(pool);
        Objects.requireNonNull(pod, "pod must not be null");
        engine.checkOpen(pool, null);
        store.add(pool, pod);
    }

    /**
     * Removes a pod, and the sessions it holds, as when a node dies. To let its sessions end first, drain its game
     * server. Does nothing if the pod is not in that pool.
     *
     * @throws UnknownPoolException if the pool was neither declared nor ever had a pod
     */
    public void removePod(String pool, LocalPod pod) {
        Objects.requireNonNull(pod, "pod must not be null");
        LocalLedger ledger = pool(pool, null).ledger();
        PodRecord record = pod.record();
        if (record != null && record.ledger == ledger) {
            ledger.remove(record);
        }
    }

    /** Makes one later call of this allocator fail; asked for several times, as many calls, in that order. */
    public void failNext(LocalFailure failure) {
        failures.add(Objects.requireNonNull(failure, "failure must not be null"));
    }

    @Override
    public Allocation allocate(AllocateReq req) throws InterruptedException {
        return engine.allocate(Objects.requireNonNull(req, "req must not be null"));
    }

    @Override
    public CompletableFuture<Allocation> allocateAsync(AllocateReq req) {
        return engine.allocateAsync(Objects.requireNonNull(req, "req must not be null"));
    }

    @Override
    public void release(String pool, String sessionId) {
        engine.release(pool, sessionId);
    }

    @Override
    public CompletableFuture<Void> releaseAsync(String pool, String sessionId) {
        return engine.releaseAsync(pool, sessionId);
    }

    @Override
    public PoolStatus status(String pool) {
        return pool(pool, null).engine().status(Optional.of(Duration.ZERO));
    }

    @Override
    public void close() {
        if (engine.close()) {
            pools.values().forEach(pool -> pool.ledger().unwatch(pool));
            if (ownExecutor != null) {
                ownExecutor.shutdown();
            }
            store.closed();
        }
    }

    /** For a look from outside. */
    LocalStore store() {
        return store;
    }

    private LocalPool pool(String name, @Nullable AllocateReq request) {
        Objects.requireNonNull(name, "pool must not be null");
        engine.checkOpen(name, request);
        LocalPool known = pools.get(name);
        return known != null ? known : watch(name, request);
    }

    private LocalPool watch(String name, @Nullable AllocateReq request) {
        Limits.checkPool(name);
        LocalLedger ledger = store.ledger(name);
        if (ledger == null) {
            throw new UnknownPoolException(
                    name,
                    "call addPod(\"%s\", ...) or declare it with builder().pools(...); known are %s"
                            .formatted(name, store.pools()),
                    request);
        }
        Pool.Settings poolSettings = new Pool.Settings(
                name,
                new Pool.Rules(settings.placement, GroupLimit.NONE, settings.waitingLimit, firstSlot),
                sessionIds,
                store.timing().nanoTime());
        LocalPool fresh = new LocalPool(ledger, poolSettings, failures);
        LocalPool earlier = pools.putIfAbsent(name, fresh);
        if (earlier != null) {
            return earlier;
        }
        ledger.watch(fresh);
        fresh.engine().listed();
        try {
            engine.checkOpen(name, request);
        } catch (AllocatorClosedException closed) {
            ledger.unwatch(fresh); // close() may have been through before it watched
            throw closed;
        }
        return fresh;
    }

    private static ExecutorService threads() {
        AtomicInteger threads = new AtomicInteger();
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
            Thread thread = new Thread(task, "orchestration-local-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private final class EngineBackend implements AllocatorEngine.Backend {

        @Override
        public Placer placer(AllocateReq request) {
            return pool(request.pool(), request).engine();
        }

        @Override
        public Token sign(Claim claim) {
            Instant now = store.timing().clock().instant();
            // A retry may come when the claim's time is over, and the session runs: its token joins, it does not start.
            Instant issuedAt =
                    now.isBefore(claim.expiresAt()) ? now : claim.expiresAt().minusSeconds(1);
            return store.sign(TokenClaims.issue(
                    claim.pool(),
                    claim.sessionId(),
                    claim.slot(),
                    claim.audience(),
                    issuedAt,
                    Duration.between(issuedAt, claim.expiresAt())));
        }

        @Override
        public CompletionStage<?> release(String pool, String sessionId) {
            LocalPool in = pool(pool, null);
            LocalFailure failure = failures.nextOfRelease();
            if (failure != null) {
                throw PlannedFailures.error(failure, pool, null);
            }
            return in.ledger().release(sessionId);
        }
    }
}
