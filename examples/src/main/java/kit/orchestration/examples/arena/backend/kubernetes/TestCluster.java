package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.client.Config;
import java.io.IOException;
import java.nio.file.Path;
import kit.orchestration.controlplane.Component;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.controlplane.ControlPlaneException;

/** A control plane for this run alone: etcd and kube-apiserver, with the manifests that any cluster would get. */
public final class TestCluster implements Cluster {

    /** Longer than a claim takes, and shorter than any call waits. */
    private static final long FREEZE_MILLIS = 1_000;

    private final ControlPlane plane;
    private final String namespace;

    private TestCluster(ControlPlane plane, String namespace) {
        this.plane = plane;
        this.namespace = namespace;
    }

    /**
     * Starts it, in some seconds; if its programs are not on this machine yet they are built, which takes minutes, and
     * is told on standard error.
     *
     * @param manifests {@code orchestration-k8s/deploy}
     */
    public static TestCluster start(Path manifests) throws IOException {
        try {
            ControlPlane plane = ControlPlane.start();
            String namespace = plane.newNamespace("arena");
            plane.apply(manifests, namespace);
            return new TestCluster(plane, namespace);
        } catch (ControlPlaneException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return "Kubernetes";
    }

    @Override
    public Config access() {
        return Config.fromKubeconfig(plane.kubeconfig().toFile());
    }

    @Override
    public String namespace() {
        return namespace;
    }

    @Override
    public boolean freeze() {
        plane.freeze(Component.API_SERVER);
        Thread thaw = new Thread(this::thaw, "arena-thaw");
        thaw.setDaemon(true);
        thaw.start();
        return true;
    }

    private void thaw() {
        try {
            Thread.sleep(FREEZE_MILLIS);
            plane.thaw(Component.API_SERVER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // the run is over, and its control plane gone
        }
    }

    @Override
    public boolean isOurs() {
        return true;
    }

    @Override
    public void close() {
        plane.close();
    }
}
