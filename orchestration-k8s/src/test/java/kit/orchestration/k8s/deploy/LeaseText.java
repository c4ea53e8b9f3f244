package kit.orchestration.k8s.deploy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.controlplane.TestPod;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;

/** The Lease that a pod makes, and what an attacker would rather make. */
final class LeaseText {

    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Object> spec = new LinkedHashMap<>();

    /** What the pod's SDK makes. */
    static LeaseText of(TestPod pod) {
        LeaseText text = new LeaseText();
        text.metadata.put("name", LedgerNames.lease(pod.name()));
        text.metadata.put("labels", Map.of(LedgerNames.POOL_LABEL, Deployed.DEPLOYMENT));
        text.metadata.put("annotations", Map.of(LedgerNames.STATE, "open/AAAA", "0", "0"));
        text.metadata.put("ownerReferences", List.of(owner(pod)));
        return text;
    }

    static Map<String, Object> owner(TestPod pod) {
        return Map.of("apiVersion", "v1", "kind", "Pod", "name", pod.name(), "uid", pod.uid());
    }

    LeaseText with(String field, Object value) {
        metadata.put(field, value);
        return this;
    }

    LeaseText without(String field) {
        metadata.remove(field);
        return this;
    }

    LeaseText withSpec(String field, Object value) {
        spec.put(field, value);
        return this;
    }

    @Override
    public String toString() {
        return LedgerJson.write(Map.of("metadata", metadata, "spec", spec));
    }
}
