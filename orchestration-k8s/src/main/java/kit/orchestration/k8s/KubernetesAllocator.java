package kit.orchestration.k8s;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.AllocationException;
import kit.orchestration.Allocator;
import kit.orchestration.BackendException;
import kit.orchestration.BackendException.Outcome;
import kit.orchestration.Limits;
import kit.orchestration.PoolStatus;
import kit.orchestration.Token;
import kit.orchestration.engine.AllocatorEngine;
import kit.orchestration.engine.Claim;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Placer;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.claim.KubernetesPools;
import kit.orchestration.k8s.scale.Scaler;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.ClusterView;
import kit.orchestration.k8s.view.NodeReader;
import kit.orchestration.k8s.view.PodReader;
import kit.orchestration.k8s.view.Reach;
import kit.orchestration.k8s.view.Writes;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.Doubt;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenClaims;
import kit.orchestration.token.TokenSigner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Allocates slots of pods on plain Kubernetes: pods with the label {@code orchestration.kit/pool} in which the SDK
 * runs, each with a Lease as its ledger. No custom resource, no operator; any number of allocators, in any number of
 * processes, share the pods and know nothing of each other.
 *
 * <pre>{@code
 * try (KubernetesAllocator allocator = KubernetesAllocator.builder().namespace("games").build()) {
 *     Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
 * }
 * }</pre>
 *
 * <p>One allocator per process is meant to serve all its threads: it watches the pods and Leases of its namespace, and
 * gathers the claims of callers that come at the same time into one write. An allocation costs one round trip to the
 * API server, shared with others. A refusal costs a write of a Lease, shared too, by which the pool is proven full, and
 * one more for each full pod that gathers what ends. Calls that come before the first list is there wait for it.
 *
 * <p>Its credentials need what {@code deploy/base/allocator.yaml} gives. The pages {@code docs/kubernetes.md} say what
 * happens when a part fails.
 */
public final class KubernetesAllocator implements Allocator {

    private static final Logger log = LoggerFactory.getLogger(KubernetesAllocator.class);

    /** How long a close waits for writes under way; what is not written then is left to the claims' own time. */
    private static final Duration CLOSE = Duration.ofSeconds(1);

    private static final Duration LATEST_CLOSE = Duration.ofSeconds(10);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final int SHORT_ID = 8;

    private final KubernetesClient client;
    private final boolean ownsClient;
    private final Executor executor;
    private final @Nullable ExecutorService ownExecutor;
    private final Timing timing;
    private final boolean ownsTiming;
    private final String namespace;
    private final String identity;
    private final Transport transport;
    private final ClusterContext context;
    private final KubernetesPools pools;
    private final ClusterView view;
    private final AllocatorEngine engine;

    KubernetesAllocator(KubernetesAllocatorBuilder settings) {
        ownsClient = settings.client == null;
        client = settings.client == null ? DefaultClient.make() : settings.client;
        namespace = namespace(settings);
        identity = identity(settings);
        ownExecutor = settings.executor == null ? threads() : null;
        executor = settings.executor == null ? Objects.requireNonNull(ownExecutor) : settings.executor;
        ownsTiming = settings.timing == null;
        timing = settings.timing == null ? Timing.system("orchestration-k8s-timer") : settings.timing;
        Duration callTimeout = settings.callTimeout;
        engine = new AllocatorEngine(new EngineBackend(), timing, callTimeout, executor, settings.listener);
        RandomGenerator random = settings.random;
        KubernetesAllocatorBuilder.Surroundings around = settings.surroundings != null
                ? settings.surroundings
                : new KubernetesAllocatorBuilder.Surroundings(
                        new ClientTransport(client), new Loop("orchestration-k8s-view"));
        Loop loop = around.loop();
        Reach reach = new Reach(loop::nanoTime);
        transport = around.transport();
        context = new ClusterContext(
                new LeaseApi(transport, namespace, callTimeout, reach, loop::nanoTime),
                new PodReader(client.getKubernetesSerialization(), namespace),
                settings.nodeAddresses ? new NodeReader(client.getKubernetesSerialization()) : null,
                reach,
                loop,
                timing,
                random,
                settings.placement == Placement.PACKED ? identity : null,
                TokenSigner.of(settings.key == null ? SigningKey.generateEd25519() : settings.key),
                engine.listener(),
                new Writes(),
                callTimeout);
        SessionIds sessionIds = new SessionIds(random);
        // Read now: pools are made later, and the builder may be used again.
        Placement placement = settings.placement;
        GroupLimit groupLimit = settings.groupLimit;
        int waitingLimit = settings.waitingLimit;
        pools = new KubernetesPools(
                context,
                namespace,
                settings.pools,
                name -> new Pool.Settings(
                        name,
                        new Pool.Rules(placement, groupLimit, waitingLimit, random.nextInt(Limits.CAPACITY)),
                        sessionIds,
                        loop::nanoTime));
        view = pools.view();
        log.info(
                "allocating in namespace {} at {} as {}, tokens signed by {}",
                namespace,
                transport.server(),
                context.identity() == null ? "one that leases don't name" : context.identity(),
                context.signer().describe());
        context.loop().every(TICK, pools::tick);
        view.start();
    }

    /** An allocator with the defaults of {@link KubernetesAllocatorBuilder}. */
    public static KubernetesAllocator create() {
        return builder().build();
    }

    /** Settings for an allocator. */
    public static KubernetesAllocatorBuilder builder() {
        return new KubernetesAllocatorBuilder();
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
     * <p>Returns when the session's ledger says that it is to end; its pod obeys when it sees that, in a moment. A
     * session that the watch has not told of yet is ended when it does, for the next 45 s.
     */
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
        Objects.requireNonNull(pool, "pool must not be null");
        engine.checkOpen(pool, null);
        Limits.checkPool(pool);
        return pools.of(pool, null).status(view.age());
    }

    /**
     * {@inheritDoc}
     *
     * <p>Waits up to a second for writes under way. A claim that is written, and whose caller has not got it, is given
     * back; one with a request id stays for another try, or its time.
     */
    @Override
    public void close() {
        if (!engine.close()) {
            return;
        }
        view.close();
        Thread rest = new Thread(this::shutDown, "orchestration-k8s-close");
        rest.setDaemon(true);
        rest.start();
        try {
            rest.join(CLOSE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Who it is, whether Leases say so or not. */
    String identity() {
        return identity;
    }

    /** What a scaler of one of its pools needs, which is known from now on, though it may have no pod yet. */
    Scaler.Surroundings surroundings(String pool) {
        engine.checkOpen(pool, null);
        context.loop().offer(() -> pools.known(pool));
        return new Scaler.Surroundings(
                client,
                transport,
                namespace,
                context.patience(),
                view,
                context.loop(),
                () -> pools.named(pool).status(Optional.empty()).waiting(),
                context.timing().clock(),
                context.random());
    }

    /** Whether all up to these resourceVersions is known to this allocator. */
    boolean hasSeen(long podsVersion, long leasesVersion) {
        return view.hasSeen(podsVersion, leasesVersion);
    }

    private void shutDown() {
        if (!context.writes().end(LATEST_CLOSE)) {
            log.warn("closed while writes had no answer: what they claimed ends with its claimTtl");
        }
        context.loop().close();
        if (ownsTiming) {
            timing.scheduler().shutdown();
        }
        if (ownExecutor != null) {
            ownExecutor.shutdown();
        }
        if (ownsClient) {
            client.close();
        }
    }

    private static String identity(KubernetesAllocatorBuilder settings) {
        if (settings.identity != null) {
            return settings.identity;
        }
        String random = Long.toString(settings.random.nextLong() >>> 1, Character.MAX_RADIX);
        return hostName() + "-" + random.substring(0, Math.min(SHORT_ID, random.length()));
    }

    private static String hostName() {
        String ofPod = System.getenv("HOSTNAME");
        if (ofPod != null && !ofPod.isBlank()) {
            return ofPod;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "allocator";
        }
    }

    private String namespace(KubernetesAllocatorBuilder settings) {
        try {
            return KubernetesAllocatorBuilder.checkNamespace(
                    settings.namespace == null ? client.getNamespace() : settings.namespace);
        } catch (RuntimeException nowhere) {
            if (ownsClient) {
                client.close();
            }
            throw nowhere;
        }
    }

    private static ExecutorService threads() {
        AtomicInteger count = new AtomicInteger();
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
            Thread thread = new Thread(task, "orchestration-k8s-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private final class EngineBackend implements AllocatorEngine.Backend {

        @Override
        public Placer placer(AllocateReq request) {
            return pools.of(request.pool(), request).placer();
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
            return context.signer()
                    .sign(TokenClaims.issue(
                            claim.pool(),
                            claim.sessionId(),
                            claim.slot(),
                            claim.audience(),
                            issuedAt,
                            Duration.between(issuedAt, claim.expiresAt())));
        }

        @Override
        public AllocationException noAnswer(AllocateReq request, Duration callTimeout, Outcome outcome) {
            Optional<Doubt> doubt =
                    view.doubt().or(() -> pools.named(request.pool()).problem(request));
            String problem = "no answer within " + callTimeout.toMillis() + " ms";
            return inDoubt(problem, doubt, request.pool(), request, outcome);
        }

        private static AllocationException inDoubt(
                String problem, Optional<Doubt> doubt, String pool, @Nullable AllocateReq request, Outcome outcome) {
            String why = doubt.map(known -> ": " + known.why()
                            + known.error().map(ClusterContext::wayOut).orElse(""))
                    .orElse("; look at the API server's health, or raise callTimeout");
            return new BackendException(
                    problem + why,
                    pool,
                    request,
                    outcome,
                    true,
                    doubt.flatMap(Doubt::error).orElse(null));
        }

        private AllocationException notListed(String pool) {
            String problem = "pods and leases could not be listed yet";
            return inDoubt(problem, view.doubt(), pool, null, Outcome.NOT_APPLIED);
        }

        @Override
        public CompletionStage<?> release(String pool, String sessionId) {
            CompletableFuture<Void> listed = view.listed();
            if (!listed.isDone()) {
                context.loop().after(context.patienceToTell(), () -> listed.completeExceptionally(notListed(pool)));
            }
            return listed.thenCompose(known -> pools.of(pool, null).release(sessionId));
        }
    }
}
