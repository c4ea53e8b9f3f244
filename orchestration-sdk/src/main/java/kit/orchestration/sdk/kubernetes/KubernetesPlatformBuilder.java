package kit.orchestration.sdk.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import kit.orchestration.Limits;
import kit.orchestration.sdk.platform.JdkTransport;
import kit.orchestration.sdk.platform.TerminationGrace;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link KubernetesPlatform}. In a pod {@link #environment} gives all that is needed; what is set beside
 * it counts more, in whatever order. Not safe for several threads.
 */
public final class KubernetesPlatformBuilder {

    private static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private final Map<ManifestVariables, String> pod = new EnumMap<>(ManifestVariables.class);
    private Map<String, String> environment = Map.of();
    private Path serviceAccount = SERVICE_ACCOUNT;

    private @Nullable URI apiServer;
    private @Nullable Supplier<String> ca;
    private @Nullable BearerToken token;
    private @Nullable String namespace;
    private @Nullable Duration terminationGrace;

    Duration callTimeout = Duration.ofSeconds(5);
    Duration bootTimeout = Duration.ofSeconds(60);

    KubernetesPlatformBuilder() {}

    /**
     * The container's environment, mostly {@link System#getenv()}, for what is not set here:
     *
     * <ul>
     *   <li>{@code KUBERNETES_SERVICE_HOST} and {@code KUBERNETES_SERVICE_PORT}, which every container has: {@link
     *       #apiServer}; and the files of the service account under {@code
     *       /var/run/secrets/kubernetes.io/serviceaccount}: {@link #caFile}, {@link #tokenFile}, {@link #namespace};
     *   <li>{@code POD_NAME}, {@code POD_UID}, {@code ORCHESTRATION_POOL} and {@code ORCHESTRATION_CAPACITY}, by the
     *       manifest and the Downward API: {@link #podName}, {@link #podUid}, {@link #pool}, {@link #capacity};
     *   <li>if set, {@code POD_NAMESPACE} and {@code ORCHESTRATION_TERMINATION_GRACE_SECONDS}: {@link #namespace} and
     *       {@link #terminationGrace}.
     * </ul>
     */
    public KubernetesPlatformBuilder environment(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
        return this;
    }

    /** Where the service account's files are. */
    KubernetesPlatformBuilder serviceAccount(Path folder) {
        serviceAccount = folder;
        return this;
    }

    /**
     * The API server's address, as {@code https://10.96.0.1:443}.
     *
     * @throws IllegalArgumentException if it is no address of a server by https or http
     */
    public KubernetesPlatformBuilder apiServer(URI apiServer) {
        this.apiServer = checkServer(Objects.requireNonNull(apiServer, "apiServer must not be null"));
        return this;
    }

    /** The certificate authorities, in PEM, that the API server's certificate is held against. */
    public KubernetesPlatformBuilder ca(String pem) {
        Objects.requireNonNull(pem, "ca must not be null");
        this.ca = () -> pem;
        return this;
    }

    /**
     * The file with the certificate authorities. It is read for each connection, since the kubelet replaces it when the
     * cluster's authority is replaced.
     */
    public KubernetesPlatformBuilder caFile(Path file) {
        Objects.requireNonNull(file, "caFile must not be null");
        this.ca = () -> read(file, "caFile");
        return this;
    }

    /** Gives the service account's token at the time. It is asked for each call, on any thread, and must not block. */
    public KubernetesPlatformBuilder token(Supplier<String> token) {
        this.token = BearerToken.of(Objects.requireNonNull(token, "token must not be null"));
        return this;
    }

    /** The file with the service account's token. It is read for each call, since the kubelet replaces it in time. */
    public KubernetesPlatformBuilder tokenFile(Path file) {
        this.token = BearerToken.file(Objects.requireNonNull(file, "tokenFile must not be null"));
        return this;
    }

    /** The pod's namespace. */
    public KubernetesPlatformBuilder namespace(String namespace) {
        this.namespace = Objects.requireNonNull(namespace, "namespace must not be null");
        return this;
    }

    /** The pod's name. */
    public KubernetesPlatformBuilder podName(String podName) {
        return set(ManifestVariables.POD_NAME, podName);
    }

    /** The pod's uid. */
    public KubernetesPlatformBuilder podUid(String podUid) {
        return set(ManifestVariables.POD_UID, podUid);
    }

    /** The pod's pool: the value of its label {@code orchestration.kit/pool}. */
    public KubernetesPlatformBuilder pool(String pool) {
        return set(ManifestVariables.ORCHESTRATION_POOL, pool);
    }

    /** How many sessions the pod hosts at once: the value of its annotation {@code orchestration.kit/capacity}. */
    public KubernetesPlatformBuilder capacity(int capacity) {
        return set(ManifestVariables.ORCHESTRATION_CAPACITY, Integer.toString(capacity));
    }

    /**
     * How long each call to the API server may take; 5 s by default.
     *
     * @throws IllegalArgumentException if it is not 10 ms to a minute
     */
    public KubernetesPlatformBuilder callTimeout(Duration callTimeout) {
        this.callTimeout = Limits.checkRange("callTimeout", callTimeout, Duration.ofMillis(10), Duration.ofMinutes(1));
        return this;
    }

    /**
     * How long {@link KubernetesPlatform#boot} tries, while the API server is away or another pod's Lease is in the
     * way; 60 s by default.
     *
     * @throws IllegalArgumentException if it is not 10 ms to an hour
     */
    public KubernetesPlatformBuilder bootTimeout(Duration bootTimeout) {
        this.bootTimeout = Limits.checkRange("bootTimeout", bootTimeout, Duration.ofMillis(10), Duration.ofHours(1));
        return this;
    }

    /**
     * How long the kubelet lets the process go on after SIGTERM: the pod's {@code terminationGracePeriodSeconds}; 30 s,
     * as Kubernetes has it, by default.
     *
     * @throws IllegalArgumentException if it is not zero to 365 days
     */
    public KubernetesPlatformBuilder terminationGrace(Duration terminationGrace) {
        this.terminationGrace = TerminationGrace.check(terminationGrace);
        return this;
    }

    /**
     * The platform. Nothing is dialled yet.
     *
     * @throws IllegalStateException if something is missing; the message says what, and which lines of the manifest
     *     give it
     * @throws IllegalArgumentException if something is wrong; the message names it
     */
    public KubernetesPlatform build() {
        List<ManifestVariables> missing = new ArrayList<>();
        for (ManifestVariables variable : ManifestVariables.values()) {
            if (value(variable).isEmpty()) {
                missing.add(variable);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException(ManifestVariables.advice(missing));
        }
        PodIdentity identity = new PodIdentity(
                namespace(),
                checked(ManifestVariables.POD_NAME, name -> PodIdentity.checkName("podName", name)),
                checked(ManifestVariables.POD_UID, PodIdentity::checkUid),
                checked(ManifestVariables.ORCHESTRATION_POOL, Limits::checkPool),
                checked(
                        ManifestVariables.ORCHESTRATION_CAPACITY,
                        capacity -> Limits.checkCapacity(TerminationGrace.number("capacity", capacity))));
        JdkTransport transport = new JdkTransport(apiServer(), callTimeout, tls(), token()::header);
        return new KubernetesPlatform(this, identity, transport, TerminationGrace.of(terminationGrace, environment));
    }

    private KubernetesPlatformBuilder set(ManifestVariables variable, String value) {
        pod.put(variable, Objects.requireNonNull(value, () -> variable + " must not be null"));
        return this;
    }

    /** The value, if it is good; an error names where it is from, if the manifest gives it. */
    private <T> T checked(ManifestVariables variable, Function<String, T> check) {
        try {
            return check.apply(value(variable));
        } catch (IllegalArgumentException e) {
            throw pod.containsKey(variable)
                    ? e
                    : new IllegalArgumentException(variable.source() + ": " + e.getMessage(), e);
        }
    }

    private String value(ManifestVariables variable) {
        String value = pod.get(variable);
        return value != null ? value : environment.getOrDefault(variable.name(), "");
    }

    private URI apiServer() {
        if (apiServer != null) {
            return apiServer;
        }
        String host = environment.getOrDefault(ManifestVariables.HOST, "");
        if (host.isEmpty()) {
            throw new IllegalStateException(
                    ("%s is not set: this is no container of Kubernetes, or apiServer must be set in "
                                    + "KubernetesPlatform.builder()")
                            .formatted(ManifestVariables.HOST));
        }
        String port = environment.getOrDefault(ManifestVariables.PORT, "443");
        return checkServer(URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + TerminationGrace.number(ManifestVariables.PORT, port)));
    }

    private static URI checkServer(URI server) {
        boolean web = "https".equalsIgnoreCase(server.getScheme()) || "http".equalsIgnoreCase(server.getScheme());
        if (!web || server.getHost() == null || server.getPort() > 65_535) {
            throw new IllegalArgumentException(
                    "apiServer must be an address as https://10.96.0.1:443, was \"" + server + "\"");
        }
        return server;
    }

    private @Nullable SSLContext tls() {
        if (ca != null) {
            return ClusterTrust.of(ca);
        }
        // A server that was named, and whose authority was not, has a certificate that the JDK trusts.
        Path mounted = serviceAccount.resolve("ca.crt");
        return apiServer != null ? null : ClusterTrust.of(() -> read(mounted, "ca"));
    }

    private BearerToken token() {
        BearerToken found = token != null ? token : BearerToken.file(serviceAccount.resolve("token"));
        found.header(); // it is there and good, or the pod's manifest or its code is to be mended
        return found;
    }

    private String namespace() {
        if (namespace != null) {
            return namespace;
        }
        String named = environment.getOrDefault(ManifestVariables.NAMESPACE, "");
        return named.isEmpty()
                ? read(serviceAccount.resolve("namespace"), "namespace").strip()
                : named;
    }

    private static String read(Path file, String setting) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException(
                    ("%s can't be read: the pod must mount its service account's token "
                                    + "(automountServiceAccountToken), or %s must be set in "
                                    + "KubernetesPlatform.builder()")
                            .formatted(file, setting),
                    e);
        }
    }
}
