package kit.orchestration.controlplane;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kubernetes control plane on loopback: etcd and kube-apiserver, with RBAC, admission policies and bound tokens, and
 * nothing else. No controller runs: Deployments make no pods, namespaces have no service account {@code default} and
 * never finish their deletion, and nobody collects garbage; {@link TestNode} makes pods.
 *
 * <p>Its folder lies in memory ({@code /dev/shm}) if there is room, is readable to this user alone, and is gone after
 * {@link #close()}, as are the processes; both go also when this JVM dies, however it does. All methods can be called
 * from any thread. Failures are {@link ControlPlaneException}s.
 */
public final class ControlPlane implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

    private final Flags flags;
    private final Ports ports;
    private final Workspace workspace;
    private final Guard guard;
    private final Pki pki;
    private final Servers servers;
    private final Kubectl kubectl;
    private final SSLContext trust;
    private final Api api;
    private final Path kubeconfig;
    private final Thread hook = new Thread(this::end, "controlplane-shutdown");
    private final AtomicBoolean closed = new AtomicBoolean();

    /** One that is not started yet. The ports of its flags are given back when it is closed. */
    ControlPlane(Flags flags, Ports ports, Duration startTimeout) throws IOException {
        this.flags = flags;
        this.ports = ports;
        this.workspace = new Workspace();
        this.guard = new Guard(workspace.folder());
        Path folder = workspace.folder();
        try {
            this.pki = new Pki(folder);
            this.trust = pki.trust();
            this.api = new Api(pki.adminTls(), URI.create(flags.url()), null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a JDK without what certificates take", e);
        }
        this.kubeconfig = folder.resolve("kubeconfig");
        Files.writeString(kubeconfig, Kubeconfig.of(flags.url(), pki.caPem(), pki.admin()));
        this.kubectl = new Kubectl(flags.binaries().kubectl(), kubeconfig, folder);
        this.servers = new Servers(flags, folder, pki, guard, api, startTimeout);
    }

    /**
     * Starts one, and blocks until it is ready: some 10 s, and if there are no programs yet, the minutes of their
     * build.
     *
     * @throws ControlPlaneException if there are no programs, or if they don't come up in time (with the ends of their
     *     logs)
     */
    public static ControlPlane start() {
        return builder().start();
    }

    /** For one with other programs, flags or time-out. */
    public static ControlPlaneBuilder builder() {
        return new ControlPlaneBuilder();
    }

    /**
     * The one that the test classes of this JVM share; the first call starts it, and the JVM's end ends it. Each test
     * works in a {@link #newNamespace namespace} of its own. A test that kills, freezes or closes starts its own.
     *
     * @throws ControlPlaneException if it can't be started; so does every later call, at once
     */
    public static ControlPlane shared() {
        return Shared.plane();
    }

    /** Where the API server is, {@code https://127.0.0.1:PORT}; the same after a restart. */
    public URI url() {
        return URI.create(flags.url());
    }

    /** Where etcd is, for its {@code /metrics}; plain HTTP, without any authentication. */
    public URI etcdUrl() {
        return URI.create(flags.etcdUrl());
    }

    /** Trusts the server's certificate, and shows none of its own. */
    public SSLContext trust() {
        return trust;
    }

    /** The certificate of the authority that signed the server's; PEM. */
    public String caPem() {
        return pki.caPem();
    }

    /**
     * The administrator: group {@code system:masters}, to which neither RBAC nor priority and fairness apply. To
     * prepare tests with; what is tested or measured takes a {@link #token}.
     */
    public Credentials admin() {
        return pki.admin();
    }

    /** A file with the {@link #admin()}'s access, for kubectl and for any client. */
    public Path kubeconfig() {
        return kubeconfig;
    }

    /** The file that the component logs to. */
    public Path log(Component component) {
        return servers.process(component).log();
    }

    /** Requests as the {@link #admin()}. */
    public Api api() {
        return api;
    }

    /** Requests with a service account's token. */
    public Api api(String token) {
        return new Api(trust, url(), token);
    }

    /** Makes a namespace whose name begins with the prefix. Returns its name. */
    public String newNamespace(String prefix) {
        Map<String, Object> namespace = Map.of("metadata", Map.of("generateName", prefix + "-"));
        return Json.string(
                api.post("/api/v1/namespaces", Json.print(namespace)).ok().json(), "metadata", "name");
    }

    /** Makes a service account that may do nothing yet. */
    public void newServiceAccount(String namespace, String name) {
        Map<String, Object> account = Map.of("metadata", Map.of("name", name));
        api.post("/api/v1/namespaces/" + namespace + "/serviceaccounts", Json.print(account))
                .ok();
    }

    /** {@code kubectl apply}, as the {@link #admin()}: of a file, a folder of files, or a Kustomize folder. */
    public void apply(Path manifests) {
        kubectl.apply(manifests);
    }

    /**
     * Applies a Kustomize folder to another namespace than its own; what has no namespace is applied as it is. Bindings
     * to service accounts follow.
     */
    public void apply(Path kustomization, String namespace) {
        kubectl.apply(kustomization, namespace);
    }

    /**
     * Runs kubectl as the {@link #admin()}, and waits for its end.
     *
     * @return what it wrote
     * @throws ControlPlaneException if it failed, with what it wrote
     */
    public String kubectl(String... arguments) {
        return kubectl.run(List.of(arguments));
    }

    /**
     * A service account's token that is bound to no pod, as an allocator outside the cluster has it.
     *
     * @param validity 10 minutes at least, by the API server's rules
     */
    public String token(String namespace, String serviceAccount, Duration validity) {
        return token(namespace, serviceAccount, Map.of("expirationSeconds", validity.toSeconds()));
    }

    /**
     * The very token that the pod's container finds in its file: bound to the pod, whose name and UID are in it, and
     * worth nothing when the pod is gone. The API server caches what it knows of a token for 10 s.
     *
     * @param serviceAccount the one in the pod's {@code spec.serviceAccountName}
     * @param validity 10 minutes at least, by the API server's rules
     */
    public String token(String namespace, String serviceAccount, String podName, String podUid, Duration validity) {
        Map<String, Object> pod = Map.of("kind", "Pod", "apiVersion", "v1", "name", podName, "uid", podUid);
        return token(
                namespace, serviceAccount, Map.of("expirationSeconds", validity.toSeconds(), "boundObjectRef", pod));
    }

    private String token(String namespace, String serviceAccount, Map<String, Object> spec) {
        String path = "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + serviceAccount + "/token";
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("apiVersion", "authentication.k8s.io/v1");
        request.put("kind", "TokenRequest");
        request.put("spec", spec);
        return Json.string(api.post(path, Json.print(request)).ok().json(), "status", "token");
    }

    /** The process id, for one who measures. */
    public long pid(Component component) {
        return servers.process(component).pid();
    }

    /** SIGKILL. Returns when the process is gone; its data stay. Nothing happens if it isn't running. */
    public void kill(Component component) {
        servers.kill(component);
    }

    /** SIGSTOP: connections stay open, and nothing answers, from when this returns until {@link #thaw}. */
    public void freeze(Component component) {
        servers.process(component).freeze();
    }

    /** SIGCONT. */
    public void thaw(Component component) {
        servers.process(component).signal("CONT");
    }

    /**
     * Kills the component if it is running, starts it again on the same port with the same data, and blocks until the
     * API server is ready; after a restart of etcd alone, until the API server has found it again.
     */
    public void restart(Component component) {
        kill(component);
        launch(component);
        awaitReady();
        LOG.debug("{} is back", component.program());
    }

    /** Like {@link #restart}, but returns as soon as the process is started. For those who watch its clients. */
    public void launch(Component component) {
        servers.launch(component);
    }

    /** Whether the process is there; a frozen one is. */
    public boolean isRunning(Component component) {
        return servers.process(component).isRunning();
    }

    /** False if another process took a port, and that may be tried again; this one is closed then. */
    boolean startAll(boolean again) {
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            launch(Component.ETCD);
            launch(Component.API_SERVER);
            awaitReady();
            LOG.debug("a control plane is ready at {}", flags.url());
            return true;
        } catch (ControlPlaneException e) {
            boolean clash = servers.logs().contains("address already in use");
            close();
            if (clash && again) {
                return false;
            }
            throw e;
        }
    }

    /** Blocks until the API server is ready, and its store answers; up to the time-out of a start. */
    public void awaitReady() {
        servers.awaitReady();
    }

    /** Kills both processes, and deletes everything. A second call does nothing. */
    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.trace("the JVM is shutting down: it runs the hook", e);
        }
    }

    private void end() {
        if (closed.getAndSet(true)) {
            return;
        }
        try (ports;
                guard;
                workspace) {
            servers.end();
        } catch (IOException e) {
            throw new ControlPlaneException("could not end the control plane in " + workspace.folder(), e);
        }
    }
}
