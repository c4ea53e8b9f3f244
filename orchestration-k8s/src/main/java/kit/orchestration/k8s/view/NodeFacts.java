package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeSpec;
import java.util.List;
import java.util.Set;
import kit.orchestration.PodAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator needs to know of a node.
 *
 * @param name its name
 * @param version its resourceVersion
 * @param outside where it is reached from outside the cluster: its first address of type {@code ExternalIP} that is
 *     one; null if it has none
 * @param leaving whether it is cordoned, or marked by who is about to take it away: it is emptied soon
 */
public record NodeFacts(String name, long version, @Nullable String outside, boolean leaving) {

    private static final String EXTERNAL_IP = "ExternalIP";
    /** Taints by which Cluster Autoscaler and Karpenter, as their documents say, mark a node that they will delete. */
    private static final Set<String> ABOUT_TO_GO = Set.of("ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted");

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
                        .orElse(null),
                isLeaving(node.getSpec()));
    }

    private static boolean isLeaving(@Nullable NodeSpec spec) {
        return spec != null
                && (Boolean.TRUE.equals(spec.getUnschedulable())
                        || spec.getTaints().stream().anyMatch(taint -> ABOUT_TO_GO.contains(taint.getKey())));
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
