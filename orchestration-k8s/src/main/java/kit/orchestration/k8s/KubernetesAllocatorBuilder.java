package kit.orchestration.k8s;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.Limits;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.token.SigningKey;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link KubernetesAllocator}; what is not set has the default named here. Not safe for several threads.
 *
 * <p>A client of one's own is worth a few settings: the JDK's HTTP client drops a dead HTTP/1.1 connection when a call
 * on it has timed out, and keeps a dead HTTP/2 connection; so the default client has HTTP/2 disabled.
 */
public final class KubernetesAllocatorBuilder {

    /** RFC 1123, which a Kubernetes namespace follows. */
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private static final int MAX_IDENTITY = 128;

    final Set<String> pools = new LinkedHashSet<>();
    Placement placement = Placement.PACKED;
    int waitingLimit = 10_000;
    Duration callTimeout = Duration.ofSeconds(5);
    AllocatorListener listener = AllocatorListener.NONE;
    GroupLimit groupLimit = new GroupLimit(Limits.CAPACITY, Duration.ofMillis(50), 2);
    RandomGenerator random = new SecureRandom();
    boolean nodeAddresses;

    @Nullable
    Executor executor;

    @Nullable
    KubernetesClient client;

    @Nullable
    String namespace;

    @Nullable
    String identity;

    @Nullable
    SigningKey key;

    @Nullable
    Timing timing;

    @Nullable
    Surroundings surroundings;

    /**
     * What a simulation gives an allocator in place of the system.
     *
     * @param transport carries all calls
     * @param loop the view's thread, and its clock
     */
    record Surroundings(Transport transport, Loop loop) {}

    KubernetesAllocatorBuilder() {}

    /**
     * The client whose connections and credentials are used; it stays open when the allocator is closed. By default one
     * with fabric8's default configuration: a kubeconfig, or else what is mounted into a pod.
     */
    public KubernetesAllocatorBuilder client(KubernetesClient client) {
        this.client = Objects.requireNonNull(client, "client must not be null");
        return this;
    }

    /** The namespace of the pods; by default the client's. */
    public KubernetesAllocatorBuilder namespace(String namespace) {
        this.namespace = checkNamespace(namespace);
        return this;
    }

    /** Pools that are known before they have a pod; to be asked for them is then no error, but no capacity. */
    public KubernetesAllocatorBuilder pools(String... names) {
        Objects.requireNonNull(names, "names must not be null");
        for (String name : names) {
            pools.add(Limits.checkPool(name));
        }
        return this;
    }

    /**
     * Players dial a pod at its node's address outside the cluster (the first {@code ExternalIP} of the Node), and the
     * {@code hostPort} of its container, if it has one and the pod itself says no address. And pods whose node is
     * cordoned, or about to be deleted, get sessions only if no other has room. It reads the cluster's nodes, so its
     * credentials need what {@code deploy/nodes} gives beside {@code deploy/base/allocator.yaml}. By default nodes are
     * not read.
     */
    public KubernetesAllocatorBuilder nodeAddresses() {
        this.nodeAddresses = true;
        return this;
    }

    /** Which pod a session goes to when several have room; {@code PACKED} by default. */
    public KubernetesAllocatorBuilder placement(Placement placement) {
        this.placement = Objects.requireNonNull(placement, "placement must not be null");
        return this;
    }

    /** How many calls may wait for room in a pool, 10,000 by default; past it the least urgent one is refused. */
    public KubernetesAllocatorBuilder waitingLimit(int waitingLimit) {
        if (waitingLimit < 1) {
            throw new IllegalArgumentException("waitingLimit must be at least 1, was %s".formatted(waitingLimit));
        }
        this.waitingLimit = waitingLimit;
        return this;
    }

    /**
     * How long a call may take beyond its {@code maxWait}, and how long a request to the API server may; 5 s by
     * default, 1 ms to 10 minutes.
     */
    public KubernetesAllocatorBuilder callTimeout(Duration callTimeout) {
        this.callTimeout = Limits.checkRange("callTimeout", callTimeout, Duration.ofMillis(1), Duration.ofMinutes(10));
        return this;
    }

    /** Hears what the allocator does: the seam for metrics. */
    public KubernetesAllocatorBuilder listener(AllocatorListener listener) {
        this.listener = Objects.requireNonNull(listener, "listener must not be null");
        return this;
    }

    /**
     * Completes the futures of {@code allocateAsync}; by default daemon threads of the allocator's own. Where it runs
     * them on the thread that calls it, what depends on one of them must not wait there for another.
     */
    public KubernetesAllocatorBuilder executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor, "executor must not be null");
        return this;
    }

    /**
     * Who this allocator is, as the Leases of the pods that it fills say ({@code holderIdentity}): 1 to 128 printable
     * characters, another for each allocator process. By default the host's name and random characters.
     */
    public KubernetesAllocatorBuilder identity(String identity) {
        this.identity = checkIdentity(identity);
        return this;
    }

    /**
     * The Ed25519 key that tokens are signed with, PKCS #8 (RFC 8410) in PEM: for gateways that check tokens by its
     * public half. By default each allocator makes a key at start, and no key has to be kept anywhere. Blocks while it
     * reads.
     *
     * @throws IllegalArgumentException if the file can't be read or holds something else
     */
    public KubernetesAllocatorBuilder keyFile(Path keyFile) {
        this.key = SigningKey.readEd25519(Objects.requireNonNull(keyFile, "keyFile must not be null"));
        return this;
    }

    /** Where calls take their time from, for tests; not shut down by the allocator. */
    KubernetesAllocatorBuilder timing(Timing timing) {
        this.timing = timing;
        return this;
    }

    /** What it is surrounded by, for simulations; with a {@link #timing} that goes by the same clock. */
    KubernetesAllocatorBuilder surroundings(Surroundings surroundings) {
        this.surroundings = surroundings;
        return this;
    }

    /** The key that tokens are signed with, for simulations. */
    KubernetesAllocatorBuilder key(SigningKey key) {
        this.key = key;
        return this;
    }

    /** How claims gather, for benchmarks and tests. */
    KubernetesAllocatorBuilder groupLimit(GroupLimit groupLimit) {
        this.groupLimit = groupLimit;
        return this;
    }

    /** Randomness, for tests. */
    KubernetesAllocatorBuilder random(RandomGenerator random) {
        this.random = random;
        return this;
    }

    /**
     * The allocator. It begins to list pods and Leases at once, and does not wait for that: calls do.
     *
     * @throws IllegalArgumentException if neither the builder nor the client names a namespace; or, without {@link
     *     #client}, if no kubeconfig and no service account says where the cluster is, or what says it can't be read
     */
    public KubernetesAllocator build() {
        return new KubernetesAllocator(this);
    }

    static String checkIdentity(String identity) {
        Objects.requireNonNull(identity, "identity must not be null");
        if (identity.isEmpty()
                || identity.length() > MAX_IDENTITY
                || !identity.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "identity must be 1 to %s printable ASCII characters without spaces, was %s characters"
                            .formatted(MAX_IDENTITY, identity.length()));
        }
        return identity;
    }

    static String checkNamespace(@Nullable String namespace) {
        if (namespace == null || !LABEL.matcher(namespace).matches()) {
            throw new IllegalArgumentException(
                    ("namespace must be a DNS label, 1 to 63 of a-z, 0-9 and '-', was %s; set it by "
                                    + "builder().namespace(...)")
                            .formatted(namespace == null ? "not set" : '"' + namespace + '"'));
        }
        return namespace;
    }
}
