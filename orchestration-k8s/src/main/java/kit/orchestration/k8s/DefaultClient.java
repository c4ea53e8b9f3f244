package kit.orchestration.k8s;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.URLUtils;

/** The client of whoever passes none: fabric8's default configuration, if there is one. */
final class DefaultClient {

    private DefaultClient() {}

    /**
     * Makes one, with HTTP/1.1, since the JDK's client keeps a dead HTTP/2 connection.
     *
     * @throws IllegalArgumentException if nothing says where the cluster is: fabric8 would dial a name that is in none;
     *     or if what says so can't be read
     */
    static KubernetesClient make() {
        Config config = new ConfigBuilder(found()).withHttp2Disable(true).build();
        if (URLUtils.join(config.getMasterUrl(), "").equals(URLUtils.join(Config.DEFAULT_MASTER_URL, ""))) {
            throw new IllegalArgumentException(whatIsMissing(config) + ", or pass builder().client(...)");
        }
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /** The cause is not told: it quotes the file, with its credentials. */
    private static Config found() {
        try {
            return Config.autoConfigure(null);
        } catch (RuntimeException unreadable) {
            throw new IllegalArgumentException(
                    "the kubeconfig " + files() + " must be one that fabric8's client can read, which threw "
                            + unreadable.getClass().getName()
                            + "; or pass builder().client(...)");
        }
    }

    private static String files() {
        return "(the file that KUBECONFIG names, or ~/.kube/config; here " + Config.getKubeconfigFilenames() + ")";
    }

    private static String whatIsMissing(Config config) {
        if (config.getContexts() != null && !config.getContexts().isEmpty()) {
            return "the kubeconfig's current-context must be one of its contexts, "
                    + config.getContexts().stream()
                            .map(context -> '"' + context.getName() + '"')
                            .toList()
                    + ", and is none of them; choose one by kubectl config use-context";
        }
        return "where the cluster is must be said by a kubeconfig " + files()
                + " or by the files that the kubelet mounts (automountServiceAccountToken), and neither says it: name a"
                + " kubeconfig that is there and says it";
    }
}
