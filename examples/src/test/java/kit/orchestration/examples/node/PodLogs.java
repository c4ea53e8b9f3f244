package kit.orchestration.examples.node;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import kit.orchestration.ledger.LedgerNames;

/**
 * What the pods of all pools say, in {@code target/node/}, a file for each container that ran: a pod that is gone tells
 * nobody any more why it has ended as it did.
 */
final class PodLogs implements AutoCloseable {

    private final KubernetesClient client;
    private final Path folder;
    private final Map<String, LogWatch> logs = new ConcurrentHashMap<>();
    private final SharedIndexInformer<Pod> pods;

    PodLogs(KubernetesClient client) throws IOException {
        this.client = client;
        folder = Files.createDirectories(
                Path.of(System.getProperty("orchestration.root"), "examples", "target", "node"));
        pods = client.pods()
                .inNamespace(Node.NAMESPACE)
                .withLabel(LedgerNames.POOL_LABEL)
                .inform(new ResourceEventHandler<>() {
                    @Override
                    public void onAdd(Pod pod) {
                        follow(pod);
                    }

                    @Override
                    public void onUpdate(Pod before, Pod pod) {
                        follow(pod);
                    }

                    @Override
                    public void onDelete(Pod pod, boolean unknown) {
                        // its log ends by itself
                    }
                });
    }

    private void follow(Pod pod) {
        for (ContainerStatus container : pod.getStatus().getContainerStatuses()) {
            if (container.getState().getRunning() != null) {
                String name = "%s-%s.log".formatted(pod.getMetadata().getName(), container.getRestartCount());
                logs.computeIfAbsent(
                        name,
                        file -> client.pods().resource(pod).usingTimestamps().watchLog(file(file)));
            }
        }
    }

    private OutputStream file(String name) {
        try {
            return Files.newOutputStream(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        pods.close();
        logs.values().forEach(LogWatch::close);
    }
}
