package kit.orchestration.agones;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator;
import kit.orchestration.Limits;
import kit.orchestration.PoolStatus;
import kit.orchestration.Token;
import kit.orchestration.engine.AllocatorEngine;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.Placer;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Allocates slots of game servers through the allocator of Agones: a pool is a Fleet, a slot is a value in a list of
 * its GameServers, and the SDK runs in them.
 *
 * <pre>{@code
 * try (AgonesAllocator allocator = AgonesAllocator.builder()
 *         .endpoints("agones-allocator.agones-system:443")
 *         .clientCertificate(Path.of("tls.crt"), Path.of("tls.key"))
 *         .serverCa(Path.of("tls-ca.crt"))
 *         .build()) {
 *     Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
 * }
 * }</pre>
 *
 * <p>One allocator per process is meant to serve all its threads: requests that wait together go to Agones as one call,
 * where each other client makes one call for each session. Agones picks the server, and hides it from everyone until
 * its batch is over; so "no capacity" is said only when refusals go on past that, and takes a second or two by Agones'
 * defaults. The page {@code docs/agones.md} says what Agones can't promise.
 */
public final class AgonesAllocator implements Allocator {

    private static final Logger log = LoggerFactory.getLogger(AgonesAllocator.class);

    /** How long a close waits for calls under way; what lands later is left to the claims' own time. */
    private static final Duration CLOSE = Duration.ofSeconds(1);

    private static final Duration LATEST_CLOSE = Duration.ofSeconds(10);
    /** Calls under way, of all pools: the more there are, the more servers are hidden from each other. */
    static final int CALLS = 32;

    private final Executor executor;
    private final @Nullable ExecutorService ownExecutor;
    private final Timing timing;
    private final boolean ownsTiming;
    private final TokenSigner signer;
    private final AllocatorContext context;
    private final AgonesReleases releases;
    private final AgonesPools pools;
    private final AllocatorEngine engine;

    AgonesAllocator(AgonesAllocatorBuilder settings) {
        // Longer than any caller waits for one call: what lands late is heard of, and given back.
        Endpoints endpoints = new Endpoints(Channels.of(settings), settings.callTimeout.multipliedBy(2));
        ownExecutor = settings.executor == null ? threads() : null;
        executor = settings.executor == null ? Objects.requireNonNull(ownExecutor) : settings.executor;
        ownsTiming = settings.timing == null;
        timing = settings.timing == null ? Timing.system("orchestration-agones-timer") : settings.timing;
        Duration callTimeout = settings.callTimeout;
        signer = TokenSigner.of(settings.key == null ? SigningKey.generateEd25519() : settings.key);
        engine = new AllocatorEngine(new EngineBackend(), timing, callTimeout, executor, settings.listener);
        context = new AllocatorContext(
                endpoints,
                new Messages(
                        settings.namespace,
                        settings.listKey,
                        settings.placement,
                        settings.matchLabels,
                        settings.policyLabels,
                        settings.withSdk,
                        new AgonesNote(
                                AgonesNote.Kind.KEY, signer.verificationKey().text())),
                timing,
                timing.nanoTime().getAsLong(),
                settings.random,
                new SessionIds(settings.random),
                engine.listener(),
                new UnderWay(),
                new Permits(CALLS),
                new Permits(CALLS),
                new Permits(CALLS),
                new AllocatorContext.Settings(
                        callTimeout, settings.batchWait, settings.gather, settings.batch, settings.waitingLimit));
        releases = new AgonesReleases(context, this::shown);
        ClaimReader claims = new ClaimReader(
                settings.portName, settings.withSdk ? context.messages().key() : null);
        pools = new AgonesPools(
                settings.namespace,
                settings.pools,
                (name, declared) -> new AgonesPool(name, declared, context, claims, releases));
        log.info("allocating through Agones at {}, tokens signed by {}", settings.endpoints, signer.describe());
    }

    /** Settings for an allocator. */
    public static AgonesAllocatorBuilder builder() {
        return new AgonesAllocatorBuilder();
    }

    @Override
    public Allocation allocate(AllocateReq req) throws InterruptedException {
        return engine.allocate(Objects.requireNonNull(req, "req must not be null"));
    }

    @Override
    public CompletableFuture<Allocation> allocateAsync(AllocateReq req) {
        return engine.allocateAsync(Objects.requireNonNull(req, "req must not be null"));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Returns when an annotation tells the session's server to end it, which its SDK does when it sees that; or when
     * Agones shows no such server, which takes some of its batches to be believed. Whether the pool is one is asked
     * too, if this allocator has seen none of its servers, and it was not declared.
     */
    @Override
    public void release(String pool, String sessionId) {
        engine.release(pool, sessionId);
    }

    @Override
    public CompletableFuture<Void> releaseAsync(String pool, String sessionId) {
        return engine.releaseAsync(pool, sessionId);
    }

    /**
     * {@inheritDoc} Agones tells nothing of its servers: only how many wait here, and when it answered last, is known.
     */
    @Override
    public PoolStatus status(String pool) {
        Objects.requireNonNull(pool, "pool must not be null");
        engine.checkOpen(pool, null);
        Limits.checkPool(pool);
        AgonesPool known = pools.known(pool);
        return new PoolStatus(
                pool,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                known.waiting(),
                Optional.ofNullable(known.age()));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits up to a second for calls under way. A claim that lands, and whose caller has not got it, is given back.
     */
    @Override
    public void close() {
        if (!engine.close()) {
            return;
        }
        Thread rest = new Thread(this::shutDown, "orchestration-agones-close");
        rest.setDaemon(true);
        rest.start();
        try {
            rest.join(CLOSE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void shutDown() {
        try {
            if (!context.underWay().awaitNone(LATEST_CLOSE)) {
                log.warn("closed while calls had no answer: what they claimed ends with its claimTtl");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        context.endpoints().close();
        if (ownsTiming) {
            timing.scheduler().shutdown();
        }
        if (ownExecutor != null) {
            ownExecutor.shutdown();
        }
    }

    private void shown(String pool, Answer server) {
        pools.of(pool).shown(server);
    }

    private static ExecutorService threads() {
        AtomicInteger count = new AtomicInteger();
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
            Thread thread = new Thread(task, "orchestration-agones-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private final class EngineBackend implements AllocatorEngine.Backend {

        @Override
        public Placer placer(AllocateReq request) {
            return pools.of(request.pool());
        }

        @Override
        public @Nullable String requestKey(AllocateReq request) {
            RequestDigest digest = RequestDigest.of(request);
            return digest == null ? null : digest.id();
        }

        @Override
        public Token sign(Claim claim) {
            Instant now = timing.clock().instant();
            // A retry may come when the claim's time is over, and the session runs: its token joins, it does not start.
            Instant issuedAt =
                    now.isBefore(claim.expiresAt()) ? now : claim.expiresAt().minusSeconds(1);
            return signer.sign(TokenClaims.issue(
                    claim.pool(),
                    claim.sessionId(),
                    claim.slot(),
                    claim.audience(),
                    issuedAt,
                    Duration.between(issuedAt, claim.expiresAt())));
        }

        @Override
        public CompletionStage<?> release(String pool, String sessionId) {
            AgonesPool of = pools.of(pool);
            of.released(sessionId);
            return releases.release(pool, sessionId)
                    .thenCombine(of.exists(), (done, known) -> known)
                    .handle((known, error) -> {
                        if (error != null) {
                            throw AgonesReleases.told(pool, error);
                        } else if (!known) {
                            throw pools.unknown(pool);
                        }
                        return null;
                    });
        }
    }
}
