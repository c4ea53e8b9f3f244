package kit.orchestration.k8s.view;

import java.util.Map;
import kit.orchestration.PodAddress;

/**
 * The ports of a pod's node that lead into the pod: {@code hostPort} of its containers, or any with {@code
 * hostNetwork}.
 *
 * @param first the one that players dial
 * @param named those that have names
 */
record HostPorts(int first, Map<String, Integer> named) {

    PodAddress at(String host) {
        return new PodAddress(host, first, named);
    }
}
