package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
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
 * @param address where players dial, unless its Lease says otherwise; null if it can't be known, or not yet
 * @param ready whether the kubelet finds it ready
 * @param runs whether a process runs in one of its containers, or may: its node may be out of touch
 * @param leaving whether it was deleted
 * @param ended whether its containers have ended for good, as those of evicted pods: the object may stay for days
 * @param capacity its slots, by its annotation; 0 if it has none that can be read
 * @param deletionCost what its ReplicaSet goes by, by the annotation {@value #DELETION_COST}; 0 if it has none that can
 *     be read
 * @param hasSdk whether an SDK is said to run in it
 * @param node the node that it runs on; empty until it has one
 * @param hostPorts what its node hands on to it; null if nothing
 * @param mistake what its manifest says that can't be right; null for nothing
 * @param addressMistake what it says so of the address, which its Lease may say better; null for nothing
 */
public record PodFacts(
        String name,
        String leaseName,
        String uid,
        long version,
        String pool,
        Map<String, String> labels,
        @Nullable PodAddress address,
        boolean ready,
        boolean runs,
        boolean leaving,
        boolean ended,
        int capacity,
        int deletionCost,
        boolean hasSdk,
        String node,
        @Nullable HostPorts hostPorts,
        @Nullable String mistake,
        @Nullable String addressMistake) {

    /** The annotation by which a ReplicaSet reads which of its pods to take away first: the one that costs least. */
    public static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    static PodFacts of(Pod pod) {
        ObjectMeta meta = pod.getMetadata();
        long version = Long.parseLong(meta.getResourceVersion());
        if (meta.getName() == null) { // a bookmark, which tells no more
            return new PodFacts(
                    "", "", "", version, "", Map.of(), null, false, false, false, false, 0, 0, false, "", null, null,
                    null);
        }
        Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
        Manifest manifest = new Manifest(pod, labels);
        String phase =
                pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
        return new PodFacts(
                meta.getName(),
                manifest.leaseName,
                meta.getUid(),
                version,
                labels.getOrDefault(LedgerNames.POOL_LABEL, ""),
                Map.copyOf(labels),
                manifest.address,
                isReady(pod),
                runs(pod, phase),
                meta.getDeletionTimestamp() != null,
                phase.equals("Succeeded") || phase.equals("Failed"),
                manifest.capacity,
                deletionCost(meta.getAnnotations()),
                manifest.hasSdk,
                pod.getSpec().getNodeName() == null ? "" : pod.getSpec().getNodeName(),
                manifest.hostPorts(),
                manifest.mistake(),
                manifest.addressMistake());
    }

    /** The API server takes whole numbers alone. */
    private static int deletionCost(@Nullable Map<String, String> annotations) {
        String text = annotations == null ? null : annotations.get(DELETION_COST);
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException notANumber) {
            return 0;
        }
    }

    /** What a pod's Lease is called; empty if its name is too long for one. */
    static String leaseName(String pod) {
        try {
            return LedgerNames.lease(pod);
        } catch (IllegalArgumentException tooLong) {
            return "";
        }
    }

    /** As the kubelet has said. A container that is to be started again runs when it is. */
    private static boolean runs(Pod pod, String phase) {
        List<ContainerStatus> containers =
                pod.getStatus() == null ? List.of() : pod.getStatus().getContainerStatuses();
        if (containers == null || containers.isEmpty()) {
            return !phase.equals("Pending");
        }
        return containers.stream()
                .anyMatch(container ->
                        container.getState() != null && container.getState().getRunning() != null);
    }

    private static boolean isReady(Pod pod) {
        return pod.getStatus() != null
                && pod.getStatus().getConditions() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }
}
