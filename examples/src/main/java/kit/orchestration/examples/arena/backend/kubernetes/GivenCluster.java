package kit.orchestration.examples.arena.backend.kubernetes;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;

/**
 * A cluster that is there already, with {@code orchestration-k8s/deploy} applied.
 *
 * @param access how to reach it, and as whom
 * @param namespace where the manifests were applied
 */
public record GivenCluster(Config access, String namespace) implements Cluster {

    /** As the kubeconfig's current context has it. */
    public static GivenCluster of(Path kubeconfig, String namespace) {
        return new GivenCluster(Config.fromKubeconfig(kubeconfig.toFile()), namespace);
    }

    @Override
    public String name() {
        return "Kubernetes at %s, namespace %s".formatted(access.getMasterUrl(), namespace);
    }

    @Override
    public boolean freeze() {
        return false;
    }

    @Override
    public boolean isOurs() {
        return false;
    }

    @Override
    public void close() {
        // It goes on.
    }
}
