package kit.orchestration.controlplane;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The processes of one control plane, and whether they are ready. */
final class Servers {

    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    private final Map<Component, ServerProcess> processes;
    private final Api api;
    private final Duration startTimeout;

    Servers(Flags flags, Path folder, Pki pki, Guard guard, Api api, Duration startTimeout) {
        this.processes = Map.of(
                Component.ETCD, process(Component.ETCD, flags.etcd(folder), folder, guard),
                Component.API_SERVER, process(Component.API_SERVER, flags.apiServer(folder, pki), folder, guard));
        this.api = api;
        this.startTimeout = startTimeout;
    }

    private static ServerProcess process(Component component, List<String> command, Path folder, Guard guard) {
        return new ServerProcess(component, command, folder.resolve(component.program() + ".log"), guard);
    }

    ServerProcess process(Component component) {
        ServerProcess process = processes.get(component);
        if (process == null) {
            throw new IllegalStateException("no process for " + component);
        }
        return process;
    }

    void launch(Component component) {
        try {
            process(component).start();
        } catch (IOException e) {
            throw new ControlPlaneException("could not start " + component.program(), e);
        }
    }

    void kill(Component component) {
        try {
            process(component).kill();
        } catch (IOException e) {
            throw new ControlPlaneException("could not kill " + component.program(), e);
        }
    }

    /** Kills them for good: none starts again. */
    void end() throws IOException {
        process(Component.API_SERVER).end();
        process(Component.ETCD).end();
    }

    void awaitReady() {
        Await.until(startTimeout, this::isReady, this::diagnosis);
    }

    /** {@code /readyz} remembers for a second what etcd said: a read that goes there is asked for, too. */
    private boolean isReady() {
        for (ServerProcess process : processes.values()) {
            if (!process.isRunning()) {
                throw new ControlPlaneException(diagnosis());
            }
        }
        try {
            return api.get("/readyz", PROBE_TIMEOUT).status() == 200
                    && api.get("/api/v1/namespaces/default", PROBE_TIMEOUT).status() == 200;
        } catch (ControlPlaneException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            return false;
        }
    }

    private String diagnosis() {
        return "the control plane is not ready (etcd " + state(Component.ETCD) + ", kube-apiserver "
                + state(Component.API_SERVER) + "). Its logs end so:\n" + logs();
    }

    private String state(Component component) {
        return process(component).isRunning() ? "runs" : "does not run";
    }

    String logs() {
        StringBuilder logs = new StringBuilder();
        for (Component component : Component.values()) {
            logs.append("-- ").append(component.program()).append('\n');
            logs.append(Folders.tail(process(component).log())).append('\n');
        }
        return logs.toString();
    }
}
