package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import java.util.List;
import kit.orchestration.PodAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator needs to know of a node.
 *
 * @param name its name
 * @param version its resourceVersion
 * @param outside where it is reached from outside the cluster: its first address of type {@code ExternalIP} that is
 *     one; null if it has none
 */
public record NodeFacts(String name, long version, @Nullable String outside) {

    private static final String EXTERNAL_IP = "ExternalIP";

    static NodeFacts of(Node node) {
        List<NodeAddress> addresses =
                node.getStatus() == null ? List.of() : node.getStatus().getAddresses();
        return new NodeFacts(
                node.getMetadata().getName() == null ? "" : node.getMetadata().getName(), // a bookmark has none
                Long.parseLong(node.getMetadata().getResourceVersion()),
                addresses.stream()
                        .filter(address -> EXTERNAL_IP.equals(address.getType()))
                        .map(NodeAddress::getAddress)
                        .filter(NodeFacts::isHost)
                        .findFirst()
                        .orElse(null));
    }

    /** The API server takes any text. */
    private static boolean isHost(@Nullable String address) {
        try {
            return address != null && new PodAddress(address, 1).port() == 1;
        } catch (IllegalArgumentException no) {
            return false;
        }
    }
}
