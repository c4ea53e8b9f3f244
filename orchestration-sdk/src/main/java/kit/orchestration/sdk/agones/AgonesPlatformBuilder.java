package kit.orchestration.sdk.agones;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import kit.orchestration.Limits;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatformBuilder;
import kit.orchestration.sdk.platform.TerminationGrace;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link AgonesPlatform}. In a container of a GameServer {@link #environment} gives all that is needed;
 * what is set beside it counts more, in whatever order. Not safe for several threads.
 */
public final class AgonesPlatformBuilder {

    static final String PORT = "AGONES_SDK_HTTP_PORT";
    /** What no pod has whose sessions are in a list: its pool is its Fleet. */
    private static final String POOL = "ORCHESTRATION_POOL";

    /** The gateway's port where nothing is said. */
    private static final int DEFAULT_PORT = 9358;
    /** What may stand in a URL's path without being escaped. */
    private static final Pattern LIST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");

    private Map<String, String> environment = Map.of();
    private int port = -1;
    private @Nullable Duration terminationGrace;
    String list = AgonesNames.LIST;

    @Nullable
    String pool;

    Duration callTimeout = Duration.ofSeconds(5);
    Duration bootTimeout = Duration.ofSeconds(60);
    Duration showEvery = Duration.ofMinutes(1);

    @Nullable
    Duration idleToReady;

    String portName = "";
    private @Nullable Platform slots;

    AgonesPlatformBuilder() {}

    /**
     * The container's environment, mostly {@link System#getenv()}, for what is not set here: {@code
     * AGONES_SDK_HTTP_PORT}, which Agones gives every container ({@link #port}), and if set {@code
     * ORCHESTRATION_TERMINATION_GRACE_SECONDS} ({@link #terminationGrace}). If {@code ORCHESTRATION_POOL} is set, the
     * sessions are kept in the pod's Lease, by all that {@link KubernetesPlatformBuilder#environment} names.
     */
    public AgonesPlatformBuilder environment(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
        return this;
    }

    /**
     * The port of the sidecar's REST gateway, on this host; 9358 by default.
     *
     * @throws IllegalArgumentException if it is not 1 to 65535
     */
    public AgonesPlatformBuilder port(int port) {
        this.port = checkPort("port", port);
        return this;
    }

    /**
     * What keeps the sessions, in place of the GameServer's list: for a pod whose Lease this process is not to find by
     * its environment. It is booted and closed with this one.
     */
    public AgonesPlatformBuilder slots(Platform slots) {
        this.slots = Objects.requireNonNull(slots, "slots must not be null");
        return this;
    }

    /**
     * The port of the GameServer that players dial first, by the name that the Fleet gives it; its first port by
     * default. Only where the sessions are in the pod's Lease: else the allocator says it. While the GameServer has no
     * port of that name the pod is not ready.
     */
    public AgonesPlatformBuilder portName(String portName) {
        this.portName = Objects.requireNonNull(portName, "portName must not be null");
        return this;
    }

    /**
     * The GameServer's list whose values are sessions; {@code sessions} by default. The Fleet declares it, with its
     * capacity.
     *
     * @throws IllegalArgumentException if it is no name
     */
    public AgonesPlatformBuilder list(String list) {
        this.list = checkList(list);
        return this;
    }

    /**
     * The pool's name, where the list has the sessions, for a GameServer that is of no Fleet; by default it is the
     * Fleet's, by the label {@code agones.dev/fleet}. Allocators choose by that label.
     *
     * @throws IllegalArgumentException if it is no name of a pool
     */
    public AgonesPlatformBuilder pool(String pool) {
        Limits.checkPool(pool);
        this.pool = pool;
        return this;
    }

    /**
     * How long each call to the sidecar may take, and how long {@link AgonesPlatform#ready} and
     * {@link AgonesPlatform#drain} wait until the GameServer shows it; 5 s by default.
     *
     * @throws IllegalArgumentException if it is not 10 ms to a minute
     */
    public AgonesPlatformBuilder callTimeout(Duration callTimeout) {
        this.callTimeout = Limits.checkRange("callTimeout", callTimeout, Duration.ofMillis(10), Duration.ofMinutes(1));
        return this;
    }

    /**
     * How long {@link AgonesPlatform#boot} tries, while the sidecar is not up yet or can't write; 60 s by default.
     *
     * @throws IllegalArgumentException if it is not 10 ms to an hour
     */
    public AgonesPlatformBuilder bootTimeout(Duration bootTimeout) {
        this.bootTimeout = Limits.checkRange("bootTimeout", bootTimeout, Duration.ofMillis(10), Duration.ofHours(1));
        return this;
    }

    /**
     * An Allocated server that was empty for so long goes back to Ready, so that a scale-down or an update of the Fleet
     * may take it. If a session lands in that moment, the server takes itself back. 10 s by default if the sessions are
     * in the pod's Lease; else it stays Allocated, since a session could be let in before the server is taken back.
     *
     * @throws IllegalArgumentException if it is not 1 ms to 365 days
     */
    public AgonesPlatformBuilder idleToReady(Duration idleToReady) {
        this.idleToReady = Limits.checkRange("idleToReady", idleToReady, Duration.ofMillis(1), Duration.ofDays(365));
        return this;
    }

    /**
     * A server that takes claims, or has sessions that may be released, and to which nobody has written for so long,
     * writes an annotation, so that an allocator that has lost sight of it sees it again; a minute by default. While
     * nobody else writes the next ones come each after twice as long, up to 32 times that. What is released meanwhile
     * is told it for two minutes and a half.
     *
     * @throws IllegalArgumentException if it is not 10 ms to 365 days
     */
    public AgonesPlatformBuilder showEvery(Duration showEvery) {
        this.showEvery = Limits.checkRange("showEvery", showEvery, Duration.ofMillis(10), Duration.ofDays(365));
        return this;
    }

    /**
     * How long the kubelet lets the process go on after SIGTERM: the pod's {@code terminationGracePeriodSeconds}; 30 s,
     * as Kubernetes has it, by default.
     *
     * @throws IllegalArgumentException if it is not zero to 365 days
     */
    public AgonesPlatformBuilder terminationGrace(Duration terminationGrace) {
        this.terminationGrace = TerminationGrace.check(terminationGrace);
        return this;
    }

    /**
     * The platform. Nothing is dialled yet.
     *
     * @throws IllegalArgumentException if something is wrong; the message names it
     * @throws IllegalStateException if the sessions are to be in the pod's Lease, and something is missing for that;
     *     the message says what, and which lines of the manifest give it
     */
    public AgonesPlatform build() {
        Platform kept = slots != null || !environment.containsKey(POOL) ? slots : lease();
        return new AgonesPlatform(this, port(), TerminationGrace.of(terminationGrace, environment), kept);
    }

    private Platform lease() {
        KubernetesPlatformBuilder lease = KubernetesPlatform.builder()
                .environment(environment)
                .callTimeout(callTimeout)
                .bootTimeout(bootTimeout);
        return (terminationGrace == null ? lease : lease.terminationGrace(terminationGrace)).build();
    }

    private int port() {
        String text = environment.getOrDefault(PORT, "");
        if (port > 0 || text.isEmpty()) {
            return port > 0 ? port : DEFAULT_PORT;
        }
        return checkPort(PORT, TerminationGrace.number(PORT, text));
    }

    static String checkList(String list) {
        if (!LIST.matcher(Objects.requireNonNull(list, "list must not be null")).matches()) {
            throw new IllegalArgumentException("list must match %s, was \"%s\"".formatted(LIST, list));
        }
        return list;
    }

    private static int checkPort(String field, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("%s must be 1 to 65535, was %s".formatted(field, port));
        }
        return port;
    }
}
