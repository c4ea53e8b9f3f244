package kit.orchestration.k8s.view;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import kit.orchestration.ledger.lease.LeaseApi.Kind;
import kit.orchestration.ledger.lease.LeaseApi.Page;

/** Reads the pods of a namespace from JSON, by way of fabric8's model. */
public final class PodReader {

    private record Line(String type, Pod object) {}

    private final KubernetesSerialization json;
    private final Kind<PodFacts> kind;

    /** Of that namespace. */
    public PodReader(KubernetesSerialization json, String namespace) {
        this.json = json;
        this.kind = new Kind<>(
                "pods",
                "/api/v1/namespaces/" + namespace + "/pods",
                this::page,
                line -> PodFacts.of(json.unmarshal(line, Line.class).object()),
                pod -> Long.toString(pod.version()));
    }

    /** How pods are listed and watched. */
    public Kind<PodFacts> kind() {
        return kind;
    }

    /** A pod. */
    public PodFacts read(String body) {
        return PodFacts.of(json.unmarshal(body, Pod.class));
    }

    private Page<PodFacts> page(String body) {
        PodList list = json.unmarshal(body, PodList.class);
        String next = list.getMetadata().getContinue();
        return new Page<>(
                list.getItems().stream().map(PodFacts::of).toList(),
                list.getMetadata().getResourceVersion(),
                next == null ? "" : next);
    }
}
