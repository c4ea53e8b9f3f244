package kit.orchestration.agones;

import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.token.SigningKey;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link AgonesAllocator}; what is not set has the default named here. An endpoint has to be, and either
 * {@link #clientCertificate} or {@link #plaintext()}. Not safe for several threads.
 */
public final class AgonesAllocatorBuilder {

    /** RFC 1123, which a Kubernetes namespace follows. */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    final List<PodAddress> endpoints = new ArrayList<>();
    final Set<String> pools = new LinkedHashSet<>();
    String namespace = "default";
    String listKey = AgonesNames.LIST;
    Placement placement = Placement.PACKED;
    Map<String, String> matchLabels = Map.of();
    Duration callTimeout = Duration.ofSeconds(5);
    Duration batchWait = Duration.ofMillis(500);
    Duration gather = Duration.ofMillis(5);
    int batch = 100;
    int waitingLimit = 10_000;
    AllocatorListener listener = AllocatorListener.NONE;
    RandomGenerator random = new SecureRandom();
    boolean withSdk = true;
    boolean plaintext;
    List<Supplier<ManagedChannel>> channels = List.of();

    @Nullable
    Path certificate;

    @Nullable
    Path privateKey;

    @Nullable
    Path serverCa;

    @Nullable
    String serverName;

    @Nullable
    Map<String, String> policyLabels;

    @Nullable
    String portName;

    @Nullable
    Executor executor;

    @Nullable
    SigningKey key;

    @Nullable
    Timing timing;

    AgonesAllocatorBuilder() {}

    /**
     * Where Agones' allocator listens for gRPC: {@code host:port}, {@code [ipv6]:port}. With several, calls go to the
     * first that can be reached.
     */
    public AgonesAllocatorBuilder endpoints(String... endpoints) {
        Objects.requireNonNull(endpoints, "endpoints must not be null");
        for (String endpoint : endpoints) {
            this.endpoints.add(PodAddress.parse(endpoint));
        }
        return this;
    }

    /**
     * This client's certificate and its private key (PKCS #8, or PKCS #1 as Agones' chart makes it; no passphrase), in
     * PEM, for mutual TLS. They are read for each connection, so files that are renewed need no restart.
     */
    public AgonesAllocatorBuilder clientCertificate(Path certificate, Path privateKey) {
        this.certificate = Objects.requireNonNull(certificate, "certificate must not be null");
        this.privateKey = Objects.requireNonNull(privateKey, "privateKey must not be null");
        return this;
    }

    /**
     * The authority of the server's certificate, in PEM; read for each connection. By default those that the JDK
     * trusts.
     */
    public AgonesAllocatorBuilder serverCa(Path serverCa) {
        this.serverCa = Objects.requireNonNull(serverCa, "serverCa must not be null");
        return this;
    }

    /** The name that the server's certificate is for; by default the host that is called. */
    public AgonesAllocatorBuilder serverName(String serverName) {
        this.serverName = Objects.requireNonNull(serverName, "serverName must not be null");
        return this;
    }

    /** No TLS: where Agones' allocator has it turned off, as in a service mesh. */
    public AgonesAllocatorBuilder plaintext() {
        this.plaintext = true;
        return this;
    }

    /** The namespace of the Fleets; {@code default} by default. */
    public AgonesAllocatorBuilder namespace(String namespace) {
        Objects.requireNonNull(namespace, "namespace must not be null");
        if (!LABEL.matcher(namespace).matches()) {
            throw new IllegalArgumentException(
                    "namespace must be a DNS label, 1 to 63 of a-z, 0-9 and '-', was \"%s\"".formatted(namespace));
        }
        this.namespace = namespace;
        return this;
    }

    /** The list of a GameServer that holds the sessions; {@code sessions} by default. */
    public AgonesAllocatorBuilder listKey(String listKey) {
        Objects.requireNonNull(listKey, "listKey must not be null");
        if (listKey.isBlank()) {
            throw new IllegalArgumentException("listKey must be the name of a list in the Fleet's template, was blank");
        }
        this.listKey = listKey;
        return this;
    }

    /**
     * Which server a session goes to when several have room: {@code PACKED}, the default, the one with the least room,
     * of those that have sessions first; {@code SPREAD} the one with the most, of those that have none first.
     */
    public AgonesAllocatorBuilder placement(Placement placement) {
        this.placement = Objects.requireNonNull(placement, "placement must not be null");
        return this;
    }

    /** Labels that every server must have, beside those that a request asks for. */
    public AgonesAllocatorBuilder matchLabels(Map<String, String> matchLabels) {
        this.matchLabels = Limits.checkLabels("matchLabels", matchLabels);
        return this;
    }

    /** Allocates in several clusters: those of the GameServerAllocationPolicies that have these labels. */
    public AgonesAllocatorBuilder multiCluster(Map<String, String> policyLabels) {
        this.policyLabels = Limits.checkLabels("policyLabels", policyLabels);
        return this;
    }

    /** Pools that are known before Agones has shown a server of them; no room there is no capacity then. */
    public AgonesAllocatorBuilder pools(String... names) {
        Objects.requireNonNull(names, "names must not be null");
        for (String name : names) {
            pools.add(Limits.checkPool(name));
        }
        return this;
    }

    /** The name of the port that players dial; by default the server's first. */
    public AgonesAllocatorBuilder portName(String portName) {
        this.portName = Objects.requireNonNull(portName, "portName must not be null");
        return this;
    }

    /** How long a call may take beyond its {@code maxWait}; 5 s by default, 1 ms to 10 minutes. */
    public AgonesAllocatorBuilder callTimeout(Duration callTimeout) {
        this.callTimeout = Limits.checkRange("callTimeout", callTimeout, Duration.ofMillis(1), Duration.ofMinutes(10));
        return this;
    }

    /**
     * How long Agones may hide a server that it has just chosen: its own setting of that name, 500 ms by default there
     * and here, at most 10 s. Refusals are believed when they go on for longer.
     */
    public AgonesAllocatorBuilder batchWait(Duration batchWait) {
        this.batchWait = Limits.checkRange("batchWait", batchWait, Duration.ZERO, Duration.ofSeconds(10));
        return this;
    }

    /** How many calls may wait for room in a pool, 10,000 by default; past it the least urgent one is refused. */
    public AgonesAllocatorBuilder waitingLimit(int waitingLimit) {
        if (waitingLimit < 1) {
            throw new IllegalArgumentException("waitingLimit must be at least 1, was %s".formatted(waitingLimit));
        }
        this.waitingLimit = waitingLimit;
        return this;
    }

    /** Hears what the allocator does: the seam for metrics. */
    public AgonesAllocatorBuilder listener(AllocatorListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener must not be null");
        return this;
    }

    /**
     * Completes the futures of {@code allocateAsync}; by default daemon threads of the allocator's own. Where it runs
     * them on the thread that calls it, what depends on one of them must not wait there for another.
     */
    public AgonesAllocatorBuilder executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor must not be null");
        return this;
    }

    /**
     * The Ed25519 key that tokens are signed with, PKCS #8 (RFC 8410) in PEM: for gateways that check tokens by its
     * public half. By default each allocator makes a key at start, and no key has to be kept anywhere. Blocks while it
     * reads.
     *
     * @throws IllegalArgumentException if the file can't be read or holds something else
     */
    public AgonesAllocatorBuilder keyFile(Path keyFile) {
        this.key = SigningKey.readEd25519(Objects.requireNonNull(keyFile, "keyFile must not be null"));
        return this;
    }

    /**
     * Whether the servers run without our SDK, as in a benchmark of a bare Fleet. Then every server counts as open,
     * nothing can be released, no request may have an id, claims do not expire, and a later process of the same server
     * can't be told from this one.
     */
    public AgonesAllocatorBuilder withoutSdk(boolean withoutSdk) {
        this.withSdk = !withoutSdk;
        return this;
    }

    /** Where calls take their time from, for tests; not shut down by the allocator. */
    AgonesAllocatorBuilder timing(Timing timing) {
        this.timing = timing;
        return this;
    }

    /** What makes a channel in place of one to an endpoint, for tests; channels are shut down by the allocator. */
    AgonesAllocatorBuilder channel(Supplier<ManagedChannel> channel) {
        this.channels = List.of(channel);
        return this;
    }

    /** How claims gather: for how long, and how many at most; for benchmarks and tests. */
    AgonesAllocatorBuilder gather(Duration gather, int batch) {
        this.gather = gather;
        this.batch = batch;
        return this;
    }

    /** Randomness, for tests. */
    AgonesAllocatorBuilder random(RandomGenerator random) {
        this.random = random;
        return this;
    }

    /**
     * The allocator. It connects with the first call.
     *
     * @throws IllegalArgumentException if no endpoint is named, or neither certificates nor plaintext, or a certificate
     *     file can't be used; the message says what to do
     * @throws IllegalStateException if the application has pinned a gRPC or protobuf that this does not work with
     */
    public AgonesAllocator build() {
        Libraries.check();
        return new AgonesAllocator(this);
    }
}
