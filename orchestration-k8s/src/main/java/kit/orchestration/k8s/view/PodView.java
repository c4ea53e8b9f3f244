package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Map;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.ledger.LedgerNames;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator needs to know of a pod, and no more: a cluster's pods are many and large.
 *
 * @param name its name
 * @param leaseName what its Lease is called; empty if its name is too long for one
 * @param uid its uid
 * @param version its resourceVersion
 * @param pool the pool, by its label
 * @param labels its labels
 * @param address where players dial; null if it can't be known yet
 * @param ready whether the kubelet finds it ready
 * @param leaving whether it was deleted
 * @param ended whether its containers have ended for good, as those of evicted pods: the object may stay for days
 * @param capacity its slots, by its annotation; 0 if it has none that can be read
 * @param hasSdk whether an SDK runs in it
 */
public record PodView(
        String name,
        String leaseName,
        String uid,
        long version,
        String pool,
        Map<String, String> labels,
        @Nullable PodAddress address,
        boolean ready,
        boolean leaving,
        boolean ended,
        int capacity,
        boolean hasSdk) {

    static PodView of(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
        Map<String, String> annotations = meta.getAnnotations() == null ? Map.of() : meta.getAnnotations();
        String phase =
                pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
        return new PodView(
                meta.getName(),
                leaseName(meta.getName()),
                meta.getUid(),
                Long.parseLong(meta.getResourceVersion()),
                labels.getOrDefault(LedgerNames.POOL_LABEL, ""),
                Map.copyOf(labels),
                address(pod, annotations),
                isReady(pod),
                meta.getDeletionTimestamp() != null,
                phase.equals("Succeeded") || phase.equals("Failed"),
                capacity(annotations),
                !LedgerNames.SDK_NONE.equals(annotations.get(LedgerNames.SDK_ANNOTATION)));
    }

    /** What a pod's Lease is called; empty if its name is too long for one. */
    static String leaseName(String pod) {
        try {
            return LedgerNames.lease(pod);
        } catch (IllegalArgumentException tooLong) {
            return "";
        }
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getConditions() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }

    private static @Nullable PodAddress address(Pod pod, Map<String, String> annotations) {
        try {
            String whole = annotations.get(LedgerNames.ADDRESS_ANNOTATION);
            if (whole != null) {
                return PodAddress.parse(whole);
            }
            String ip = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
            Integer port = port(pod, annotations);
            return ip == null || port == null ? null : new PodAddress(ip, port);
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /** The annotation's port, else the only one that the pod's containers name. */
    private static @Nullable Integer port(Pod pod, Map<String, String> annotations) {
        String port = annotations.get(LedgerNames.PORT_ANNOTATION);
        if (port != null) {
            return Integer.valueOf(port);
        }
        var ports = pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getPorts().stream())
                .map(ContainerPort::getContainerPort)
                .toList();
        return ports.size() == 1 ? ports.get(0) : null;
    }

    private static int capacity(Map<String, String> annotations) {
        try {
            return Limits.checkCapacity(
                    Integer.parseInt(annotations.getOrDefault(LedgerNames.CAPACITY_ANNOTATION, "0")));
        } catch (IllegalArgumentException unreadable) {
            return 0;
        }
    }
}
